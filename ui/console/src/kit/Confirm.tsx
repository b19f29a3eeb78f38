// Asks before what cannot be undone.
import { Button, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useT } from '../i18n'
import layout from './Form.module.css'

interface Props {
  opened: boolean
  close(): void
  title: string
  text: string
  action: string
  danger?: boolean
  busy?: boolean
  onConfirm(): void
  children?: ReactNode
}

export function Confirm({ opened, close, title, text, action, danger, busy, onConfirm, children }: Props) {
  const t = useT()
  return (
    <Modal opened={opened} onClose={close} title={title} size={420} zIndex={300} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <div className={layout.form}>
        <p>{text}</p>
        {children}
        <div className={layout.buttons}>
          <Button variant="default" onClick={close} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button color={danger ? 'red' : 'accent'} loading={busy ?? false} onClick={onConfirm}>
            {action}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
