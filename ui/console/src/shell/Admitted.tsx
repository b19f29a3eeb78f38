// The console is for those who serve clients and those who manage: an app's
// user who signs in here hears so, instead of one refusal after the other.
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useApi } from '../api/context'
import { meQuery } from '../api/queries'
import { Card, useAuth } from '../auth/Gate'
import css from '../auth/Gate.module.css'
import { useT } from '../i18n'

export function Admitted({ children }: { children: ReactNode }) {
  const t = useT()
  const auth = useAuth()
  const me = useQuery(meQuery(useApi())).data
  if (!me || me.scopes.includes('sessions.read')) return children
  return (
    <Card>
      <h1 className={css.title}>{t('admitted.title')}</h1>
      <p className={css.text}>{t('admitted.text', { name: me.username })}</p>
      <Button onClick={() => void auth.signOut()}>{t('admitted.other')}</Button>
    </Card>
  )
}
