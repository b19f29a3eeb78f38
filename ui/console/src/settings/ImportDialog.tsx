// Many accounts from a file: drop it, watch it, read what was refused.
import { Button, Modal, Progress } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { IconAlertTriangle, IconCircleCheck, IconDownload, IconFileSpreadsheet, IconUpload } from '@tabler/icons-react'
import { useEffect, useRef, useState, type DragEvent, type RefObject } from 'react'
import { ApiError } from '../api/client'
import { useApi } from '../api/context'
import { keys } from '../api/queries'
import type { ImportProgress, ImportRefused } from '../api/types'
import { useI18n, useT } from '../i18n'
import { describeError, sentence } from '../kit/errors'
import { fieldError } from '../kit/useAction'
import { example, isUtf8, maxFile, refusedCsv, save } from './importFile'
import layout from '../kit/Form.module.css'
import css from './ImportDialog.module.css'

interface State {
  done: number
  total: number
  made: number
  refused: ImportRefused[]
  over: boolean
  stopped: boolean
  error?: unknown
}

const beginning: State = { done: 0, total: 0, made: 0, refused: [], over: false, stopped: false }

export default function ImportDialog({ close }: { close(): void }) {
  const t = useT()
  const [file, setFile] = useState<File>()
  const [started, setStarted] = useState(false)
  const running = useRef<() => void>(undefined)
  const again = () => {
    setFile(undefined)
    setStarted(false)
  }
  return (
    // Closing while it runs stops it and says what came of it; only then it closes.
    <Modal opened onClose={() => (running.current ?? close)()} title={t('import.title')} size={560} closeOnClickOutside={!file} closeButtonProps={{ 'aria-label': t('common.close') }}>
      {file && started ? <Running file={file} close={close} again={again} running={running} /> : <Choose file={file} choose={setFile} start={() => setStarted(true)} close={close} />}
    </Modal>
  )
}

function Choose({ file, choose, start, close }: { file: File | undefined; choose(file: File): void; start(): void; close(): void }) {
  const t = useT()
  const { language } = useI18n()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const tooLarge = !!file && file.size > maxFile * 1024 * 1024
  const [checked, setChecked] = useState<{ file: File; readable: boolean }>()
  useEffect(() => {
    if (!file || tooLarge) return
    let current = true
    void isUtf8(file).then((readable) => current && setChecked({ file, readable }))
    return () => {
      current = false
    }
  }, [file, tooLarge])
  const ready = checked !== undefined && checked.file === file && checked.readable
  const take = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    const dropped = event.dataTransfer.files[0]
    if (dropped) choose(dropped)
  }
  return (
    <div className={layout.form}>
      <p className={css.text}>{t('import.text')}</p>
      <div
        className={css.zone}
        data-over={over || undefined}
        onDragOver={(e) => {
          e.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={take}
      >
        <input ref={input} type="file" accept=".csv,.tsv,.txt,text/csv" className="sb-hidden" tabIndex={-1} aria-label={t('import.choose')} onChange={(e) => e.currentTarget.files?.[0] && choose(e.currentTarget.files[0])} />
        {file ? <IconFileSpreadsheet size={28} stroke={1.5} aria-hidden="true" /> : <IconUpload size={28} stroke={1.5} aria-hidden="true" />}
        <p className={css.file}>{file ? file.name : t('import.drop')}</p>
        {file && <p className={css.size}>{new Intl.NumberFormat(language, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 }).format(file.size / 1000)}</p>}
        <Button variant="default" data-autofocus={file ? undefined : true} onClick={() => input.current?.click()}>
          {t(file ? 'import.other' : 'import.choose')}
        </Button>
      </div>
      {tooLarge && (
        <p role="alert" className={css.bad}>
          {t('import.tooLarge', { count: maxFile })}
        </p>
      )}
      {!tooLarge && checked?.file === file && checked?.readable === false && (
        <p role="alert" className={css.bad}>
          {t('import.encoding')}
        </p>
      )}
      <div className={css.foot}>
        <Button variant="subtle" leftSection={<IconDownload size={16} stroke={1.75} />} onClick={() => save('accounts.csv', example)}>
          {t('import.template')}
        </Button>
        <span className={layout.buttons}>
          <Button variant="default" onClick={close}>
            {t('common.cancel')}
          </Button>
          <Button disabled={!ready || tooLarge} onClick={start}>
            {t('import.start')}
          </Button>
        </span>
      </div>
    </div>
  )
}

function useImport(file: File): { state: State; stop(): void } {
  const api = useApi()
  const client = useQueryClient()
  const [state, setState] = useState(beginning)
  const abort = useRef<AbortController>(undefined)
  useEffect(() => {
    const own = new AbortController()
    abort.current = own
    setState(beginning)
    let complete = false
    const heard = (line: ImportProgress) => {
      complete = line.done >= line.total
      setState((s) => ({ ...s, done: line.done, total: line.total, made: line.made, refused: line.refused.length > 0 ? [...s.refused, ...line.refused] : s.refused, ...(line.error && { error: new Error(line.error) }) }))
    }
    api
      .upload<ImportProgress>('Accounts/import', file, 'text/csv', heard, own.signal)
      .then(() => complete || Promise.reject(new ApiError(0, '')))
      .catch((error: unknown) => own.signal.aborted || setState((s) => ({ ...s, error: s.error ?? error })))
      .finally(() => {
        void client.invalidateQueries({ queryKey: keys.accounts })
        setState((s) => ({ ...s, over: true }))
      })
    return () => own.abort()
  }, [api, client, file])
  const stop = () => {
    abort.current?.abort()
    setState((s) => ({ ...s, stopped: true, over: true }))
  }
  return { state, stop }
}

function Running({ file, close, again, running }: { file: File; close(): void; again(): void; running: RefObject<(() => void) | undefined> }) {
  const t = useT()
  const { state: s, stop } = useImport(file)
  useEffect(() => {
    running.current = s.over ? undefined : stop
    return () => {
      running.current = undefined
    }
  })
  const part = s.total > 0 ? (100 * s.done) / s.total : 0
  return (
    <div className={layout.form}>
      <div>
        <p className={css.running} role="status">
          <span className={css.name}>{file.name}</span>
          <span className="sb-numbers">{s.total > 0 ? t('import.running', { done: s.done, total: s.total }) : s.over ? '' : t('import.starting')}</span>
        </p>
        <Progress value={part} aria-label={t('import.progress')} color={s.error ? 'red' : s.over && !s.stopped ? 'green' : 'accent'} animated={!s.over} size="md" transitionDuration={200} />
      </div>
      {s.total > 0 && (
        <p className={css.counts}>
          <span className={css.made}>
            <IconCircleCheck size={16} stroke={1.75} aria-hidden="true" /> {t('import.made', { count: s.made })}
          </span>
          {s.refused.length > 0 && (
            <span className={css.refused}>
              <IconAlertTriangle size={16} stroke={1.75} aria-hidden="true" /> {t('import.refused', { count: s.refused.length })}
            </span>
          )}
          {s.over && !s.stopped && !s.error && s.refused.length === 0 && <span className={css.text}>{t('import.noneRefused')}</span>}
        </p>
      )}
      {!!s.error && (
        <p role="alert" className={css.bad}>
          {s.total > 0 && `${t('import.broken')}: `}
          {fieldError(s.error, 'file') ?? describeError(s.error, t)}
        </p>
      )}
      {s.stopped && <p className={css.text}>{t('import.stopped')}</p>}
      {s.refused.length > 0 && <Refused refused={s.refused} />}
      <div className={css.foot}>
        {s.refused.length > 0 ? (
          <Button variant="subtle" leftSection={<IconDownload size={16} stroke={1.75} />} onClick={() => save('refused.csv', refusedCsv(s.refused))}>
            {t('import.report')}
          </Button>
        ) : (
          <span />
        )}
        <span className={layout.buttons}>
          {s.over ? (
            <>
              <Button variant="default" onClick={again}>
                {t('import.again')}
              </Button>
              <Button onClick={close}>{t('common.done')}</Button>
            </>
          ) : (
            <Button variant="default" onClick={stop}>
              {t('import.stop')}
            </Button>
          )}
        </span>
      </div>
    </div>
  )
}

const shown = 100

function Refused({ refused }: { refused: ImportRefused[] }) {
  const t = useT()
  return (
    <div className={css.report} tabIndex={0} role="region" aria-label={t('import.refused', { count: refused.length })}>
      <table className={css.rows}>
        <thead>
          <tr>
            <th scope="col">{t('import.row')}</th>
            <th scope="col">{t('accounts.username')}</th>
            <th scope="col">{t('import.why')}</th>
          </tr>
        </thead>
        <tbody>
          {refused.slice(0, shown).map((r) => (
            <tr key={`${r.row} ${r.name}`}>
              <td className="sb-numbers">{r.row}</td>
              <td>{r.name || '–'}</td>
              <td>{sentence(r.error)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {refused.length > shown && <p className={css.text}>{t('import.first', { count: shown })}</p>}
    </div>
  )
}
