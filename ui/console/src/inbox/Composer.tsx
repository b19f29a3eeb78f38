// Where one writes: a reply to the client, or a note for colleagues that the
// client never sees.
import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { IconArrowUp, IconNote } from '@tabler/icons-react'
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type KeyboardEvent, type Ref } from 'react'
import { useApi } from '../api/context'
import { keys, patchSession, sessionActions } from '../api/queries'
import type { Session } from '../api/types'
import type { Transcript } from '../chat/transcript'
import { useT } from '../i18n'
import { describeError } from '../kit/errors'
import { complain, say } from '../kit/notify'
import css from './Composer.module.css'

export type ComposerMode = 'reply' | 'note'
export interface ComposerHandle {
  focus(mode: ComposerMode): void
}

const maxText = 10_000
const draftKey = (id: number, mode: ComposerMode) => `switchboard.console.draft.${mode}.${id}`

interface Props {
  ref?: Ref<ComposerHandle>
  session: Session
  transcript: Transcript
  guest: string
}

export function Composer({ ref, session, transcript, guest }: Props) {
  const t = useT()
  const [mode, setMode] = useState<ComposerMode>('reply')
  const [text, setText] = useDraft(session.id, mode)
  const area = useRef<HTMLTextAreaElement>(null)
  const latest = useRef(text)
  latest.current = text
  const addNote = useAddNote(session, (note) => latest.current.trim() === note && setText('')) // not what was begun meanwhile
  const typing = useTyping(transcript.typing)

  useImperativeHandle(ref, () => ({
    focus(next) {
      setMode(next)
      area.current?.focus()
    },
  }), [])
  useEffect(() => area.current?.focus({ preventScroll: true }), [session.id])
  useLayoutEffect(() => {
    const el = area.current
    if (!el) return
    el.style.height = 'auto'
    el.style.height = `${Math.min(el.scrollHeight, 200)}px`
  }, [text, mode])

  const ready = text.trim() !== '' && text.length <= maxText && !addNote.isPending
  const submit = () => {
    if (!ready) return
    if (mode === 'note') return addNote.mutate(text.trim())
    typing.stop()
    transcript.send(text.trim())
    setText('')
  }
  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Escape') return area.current?.blur()
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    submit()
  }
  return (
    <form
      className={css.composer}
      data-mode={mode}
      onSubmit={(e) => {
        e.preventDefault()
        submit()
      }}
    >
      <div className={css.box}>
        <div className={css.modes} role="group" aria-label={t('composer.mode')}>
          {(['reply', 'note'] as const).map((m) => (
            <button
              key={m}
              type="button"
              className={css.mode}
              aria-pressed={mode === m}
              onClick={() => {
                setMode(m)
                area.current?.focus()
              }}
            >
              {m === 'note' && <IconNote size={14} stroke={1.75} aria-hidden="true" />}
              {t(`composer.${m}`)}
            </button>
          ))}
          {mode === 'note' && <span className={css.hint}>{t('composer.noteHint')}</span>}
        </div>
        <div className={css.row}>
          <textarea
            ref={area}
            className={css.area}
            rows={1}
            value={text}
            placeholder={mode === 'reply' ? t('composer.placeholder', { name: guest }) : t('composer.notePlaceholder')}
            aria-label={mode === 'reply' ? t('composer.placeholder', { name: guest }) : t('composer.notePlaceholder')}
            enterKeyHint="send"
            onKeyDown={onKey}
            onChange={(e) => {
              setText(e.target.value)
              if (mode === 'reply') typing.touch(e.target.value)
            }}
          />
          {mode === 'reply' ? (
            <Tooltip label={t('composer.sendHint')}>
              <ActionIcon type="submit" size={32} radius="xl" variant="filled" aria-label={t('composer.send')} aria-disabled={!ready} className={css.send} data-ready={ready || undefined}>
                <IconArrowUp size={18} stroke={2} />
              </ActionIcon>
            </Tooltip>
          ) : (
            <Button type="submit" size="compact-md" variant="default" loading={addNote.isPending} aria-disabled={!ready}>
              {t('composer.addNote')}
            </Button>
          )}
        </div>
      </div>
      {text.length > maxText - 500 && (
        <p className={css.count} data-over={text.length > maxText || undefined} role="status">
          {t('composer.left', { count: maxText - text.length })}
        </p>
      )}
    </form>
  )
}

/** What was begun survives a change of conversation, a reload, and a sign-in. */
function useDraft(id: number, mode: ComposerMode): [string, (text: string) => void] {
  const key = draftKey(id, mode)
  const [texts, setTexts] = useState<Record<string, string>>({})
  const text = texts[key] ?? sessionStorage.getItem(key) ?? ''
  return [
    text,
    (next) => {
      if (next) sessionStorage.setItem(key, next)
      else sessionStorage.removeItem(key)
      setTexts((all) => ({ ...all, [key]: next }))
    },
  ]
}

/** Says "composing" at most every 10 s, and "paused" after 5 s of silence. */
function useTyping(tell: (composing: boolean) => void) {
  const state = useRef({ told: 0, timer: undefined as ReturnType<typeof setTimeout> | undefined })
  const latest = useRef(tell)
  useEffect(() => {
    latest.current = tell
  })
  const stop = () => {
    const s = state.current
    clearTimeout(s.timer)
    if (s.told) latest.current(false)
    s.told = 0
  }
  useEffect(() => {
    const s = state.current
    return () => clearTimeout(s.timer)
  }, [])
  return {
    stop() {
      // a sent message ends the typing by itself (XEP-0085 §5.1)
      clearTimeout(state.current.timer)
      state.current.told = 0
    },
    touch(text: string) {
      if (!text.trim()) return stop()
      const s = state.current
      if (Date.now() - s.told > 10_000) {
        s.told = Date.now()
        latest.current(true)
      }
      clearTimeout(s.timer)
      s.timer = setTimeout(stop, 5_000)
    },
  }
}

/** The session has one note; ours is added to what stands there now. */
function useAddNote(session: Session, done: (text: string) => void) {
  const t = useT()
  const api = useApi()
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (text: string) => {
      const now = await api.get<Session>(`Sessions/${session.id}`)
      const note = now.note ? `${now.note}\n${text}` : text
      await sessionActions.note(api, { id: session.id, note })
      return note
    },
    onSuccess(note, text) {
      patchSession(client, session.id, (s) => ({ ...s, note }))
      void client.invalidateQueries({ queryKey: keys.session(session.id) })
      say(t('note.saved'))
      done(text)
    },
    onError: (error) => complain(t('note.failed'), describeError(error, t)),
  })
}
