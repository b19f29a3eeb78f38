import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useT } from '../i18n'
import { current, dismiss, subscribe, type Toast } from './notify'
import css from './Toasts.module.css'

/** Both regions exist before anything is said in them, so that screen readers listen. */
export function Toasts() {
  const toasts = useSyncExternalStore(subscribe, current)
  return (
    <div className={css.toasts}>
      <div role="alert">
        {toasts.map((toast) => toast.tone === 'bad' && <View key={toast.id} toast={toast} />)}
      </div>
      <div role="status">
        {toasts.map((toast) => toast.tone === 'good' && <View key={toast.id} toast={toast} />)}
      </div>
    </div>
  )
}

/** Refusals stay longer, and nothing leaves while it is being read. */
function View({ toast }: { toast: Toast }) {
  const t = useT()
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => dismiss(toast.id), toast.tone === 'bad' ? 12_000 : 4_000)
    return () => clearTimeout(timer)
  }, [toast, held])
  return (
    <div
      className={css.toast}
      data-tone={toast.tone}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {toast.tone === 'bad' ? <IconAlertTriangle size={18} stroke={1.75} aria-hidden="true" /> : <IconCheck size={18} stroke={2} aria-hidden="true" />}
      <div className={css.text}>
        {toast.title && <p className={css.title}>{toast.title}</p>}
        <p>{toast.message}</p>
      </div>
      <button type="button" className={css.close} onClick={() => dismiss(toast.id)} aria-label={t('common.close')}>
        <IconX size={16} stroke={1.75} />
      </button>
    </div>
  )
}
