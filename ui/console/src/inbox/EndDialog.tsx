// The end of a conversation: what came of it.
import { Button, Modal, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Session } from '../api/types'
import { useT } from '../i18n'
import { guestName } from './model'
import layout from '../kit/Form.module.css'
import '../styles/forms.css'
import css from './Dialogs.module.css'

interface Props {
  opened: boolean
  close(): void
  session: Session
  submit(result: string, note: string): void
}

export default function EndDialog(props: Props) {
  const t = useT()
  const name = guestName(props.session, (n) => t('session.visitor', { number: String(n) }))
  return (
    <Modal opened={props.opened} onClose={props.close} title={t('end.title', { name })} size={460} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Form {...props} />
    </Modal>
  )
}

function Form({ session, submit, close }: Props) {
  const t = useT()
  const [result, setResult] = useState(session.result ?? '')
  const [note, setNote] = useState(session.note ?? '')
  const usual = [t('end.solved'), t('end.followUp'), t('end.noAnswer'), t('end.spam')]
  // Without a result the server would wait for one: ending and concluding are one step here.
  const save = () => result.trim() && submit(result.trim(), note.trim())
  return (
    <form
      className={layout.form}
      onSubmit={(e) => {
        e.preventDefault()
        save()
      }}
    >
      <div>
        <TextInput data-autofocus label={t('end.result')} value={result} maxLength={100} required onChange={(e) => setResult(e.currentTarget.value)} placeholder={t('end.resultPlaceholder')} />
        <div className={css.chips} role="group" aria-label={t('end.usual')}>
          {usual.map((u) => (
            <button key={u} type="button" className={css.chip} aria-pressed={result === u} onClick={() => setResult(result === u ? '' : u)}>
              {u}
            </button>
          ))}
        </div>
      </div>
      <Textarea
        label={t('end.note')}
        description={t('end.noteText')}
        autosize
        minRows={3}
        maxRows={10}
        maxLength={10_000}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) save()
        }}
      />
      <div className={layout.buttons}>
        <Button variant="default" onClick={close}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" disabled={!result.trim()}>
          {t('end.submit')}
        </Button>
      </div>
    </form>
  )
}
