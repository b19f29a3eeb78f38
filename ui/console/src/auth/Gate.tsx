// Nobody passes without a token: signs in by itself, except after a sign-out.
import { Button, Loader } from '@mantine/core'
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { useT } from '../i18n'
import { Logo } from '../kit/Logo'
import type { Auth } from './oidc'
import css from './Gate.module.css'

export const AuthContext = createContext<Auth | undefined>(undefined)

export function useAuth(): Auth {
  const auth = useContext(AuthContext)
  if (!auth) throw new Error('AuthContext is missing')
  return auth
}

// React runs effects twice in development; a code can be exchanged only once.
let finishing: Promise<string> | undefined

export function Gate({ children }: { children: ReactNode }) {
  const auth = useAuth()
  const status = useSyncExternalStore(auth.subscribe, () => auth.status)
  const { pathname } = useLocation()
  if (pathname === '/callback') return <Callback />
  if (status === 'signed-in') return children
  if (status === 'starting') return <Waiting late />
  return auth.signedOutByChoice ? <SignedOut /> : <GoToLogin />
}

function Callback() {
  const auth = useAuth()
  const navigate = useNavigate()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    finishing ??= auth.finish(new URL(window.location.href))
    finishing.then(
      (returnTo) => navigate(returnTo, { replace: true }),
      // Who came back with the browser's button to a code that was used is signed in already.
      (cause: unknown) => (auth.status === 'signed-out' ? setError(cause ?? new Error()) : void navigate('/inbox', { replace: true })),
    )
  }, [auth, navigate])
  return error === undefined ? <Waiting /> : <Failed error={error} retry={() => void navigate('/inbox', { replace: true })} />
}

function GoToLogin() {
  const auth = useAuth()
  const { pathname, search } = useLocation()
  const [error, setError] = useState<unknown>()
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    finishing = undefined
    auth.signIn(pathname + search).catch((cause: unknown) => setError(cause ?? new Error()))
    // the address of the first attempt is where the person wanted to go
  }, [auth, attempt]) // eslint-disable-line react-hooks/exhaustive-deps
  const retry = () => {
    setError(undefined)
    setAttempt((n) => n + 1)
  }
  return error === undefined ? <Waiting /> : <Failed error={error} retry={retry} />
}

export function Card({ late, children }: { late?: boolean; children: ReactNode }) {
  return (
    <main className={css.page} data-late={late || undefined}>
      <div className={css.card}>
        <Logo size={40} />
        {children}
      </div>
    </main>
  )
}

/** `late`: what rarely takes long is not shown before it does. */
function Waiting({ late }: { late?: boolean }) {
  const t = useT()
  return (
    <Card late={late ?? false}>
      <p role="status" className={css.waiting}>
        <Loader size={16} /> {t('auth.working')}
      </p>
    </Card>
  )
}

function Failed({ error, retry }: { error: unknown; retry(): void }) {
  const t = useT()
  const secure = window.isSecureContext
  const reason = error instanceof Error ? error.message : ''
  return (
    <Card>
      <h1 className={css.title}>{t('auth.failed.title')}</h1>
      <p className={css.text}>{secure ? t('auth.failed.text') : t('auth.insecure')}</p>
      {secure && reason && <p className={css.reason}>{reason}</p>}
      {secure && <Button onClick={retry}>{t('common.retry')}</Button>}
    </Card>
  )
}

function SignedOut() {
  const t = useT()
  const auth = useAuth()
  const [error, setError] = useState<unknown>()
  if (error !== undefined) return <Failed error={error} retry={() => setError(undefined)} />
  return (
    <Card>
      <h1 className={css.title}>{t('auth.out.title')}</h1>
      <p className={css.text}>{t('auth.out.text')}</p>
      <Button onClick={() => void auth.signIn('/inbox').catch((cause: unknown) => setError(cause ?? new Error()))}>{t('auth.signIn')}</Button>
    </Card>
  )
}
