// The three states beside "full": loading, empty, error.
import { Button, Skeleton } from '@mantine/core'
import { IconAlertTriangle, IconCompass, IconRefresh } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useT } from '../i18n'
import { describeError } from './errors'
import css from './States.module.css'

interface EmptyProps {
  icon: ReactNode
  title: string
  text?: string
  action?: ReactNode
  /** The page has no other heading. */
  heading?: boolean
}

export function Empty({ icon, title, text, action, heading }: EmptyProps) {
  const Title = heading ? 'h1' : 'p'
  return (
    <div className={css.state}>
      <div className={css.icon}>{icon}</div>
      <Title className={css.title}>{title}</Title>
      {text && <p className={css.text}>{text}</p>}
      {action}
    </div>
  )
}

export function ErrorState({ error, retry, title }: { error: unknown; retry?(): void; title?: string }) {
  const t = useT()
  return (
    <div className={css.state} role="alert">
      <div className={`${css.icon} ${css.bad}`}>
        <IconAlertTriangle size={22} stroke={1.75} />
      </div>
      <p className={css.title}>{title ?? t('error.title')}</p>
      <p className={css.text}>{describeError(error, t)}</p>
      {retry && (
        <Button variant="default" leftSection={<IconRefresh size={16} />} onClick={retry}>
          {t('common.retry')}
        </Button>
      )}
    </div>
  )
}

/** Grey rows where the rows will be. */
export function RowsSkeleton({ rows = 8, height = 20, gap = 28 }: { rows?: number; height?: number; gap?: number }) {
  const t = useT()
  return (
    <div role="status" aria-label={t('common.loading')} className={css.rows} style={{ gap }}>
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={height} width={`${92 - ((i * 17) % 40)}%`} radius="sm" />
      ))}
    </div>
  )
}

export function NotFound() {
  const t = useT()
  return (
    <main className={css.full}>
      <Empty
        icon={<IconCompass size={22} stroke={1.75} />}
        heading
        title={t('notFound.title')}
        text={t('notFound.text')}
        action={
          <Button component={Link} to="/inbox" variant="default">
            {t('notFound.action')}
          </Button>
        }
      />
    </main>
  )
}
