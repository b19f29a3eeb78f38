import { ActionIcon, Button, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useT } from '../i18n'
import css from './Copy.module.css'

/** An icon button that copies and says so. */
export function CopyIcon({ value, label }: { value: string; label: string }) {
  const t = useT()
  return (
    <CopyButton value={value} timeout={1600}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t('common.copied') : label}>
          <ActionIcon variant="subtle" color={copied ? 'green' : 'gray'} onClick={copy} aria-label={copied ? t('common.copied') : label}>
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}

export function CopyWide({ value, label }: { value: string; label: string }) {
  const t = useT()
  return (
    <CopyButton value={value} timeout={1600}>
      {({ copied, copy }) => (
        <Button variant="default" size="xs" onClick={copy} leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}>
          {copied ? t('common.copied') : label}
        </Button>
      )}
    </CopyButton>
  )
}

/** A named value to copy: ids, secrets, addresses. */
export function CopyField({ label, value, secret }: { label: string; value: string; secret?: boolean }) {
  const t = useT()
  return (
    <div className={css.field}>
      <span className={css.label}>{label}</span>
      <span className={css.value} data-secret={secret || undefined}>
        <code>{value}</code>
        <CopyIcon value={value} label={t('common.copyThing', { thing: label })} />
      </span>
    </div>
  )
}

/** Lines to paste into a terminal or a page. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  const t = useT()
  return (
    <figure className={css.block}>
      <figcaption className={css.caption}>
        <span>{label}</span>
        <CopyWide value={code} label={t('common.copy')} />
      </figcaption>
      <pre className={css.pre} tabIndex={0} aria-label={label}>
        <code>{code}</code>
      </pre>
    </figure>
  )
}
