// What users wrote to the administrators, and why they left.
import { useInfiniteQuery } from '@tanstack/react-query'
import { IconMessageHeart } from '@tabler/icons-react'
import { useEffect } from 'react'
import { Link } from 'react-router'
import { useApi } from '../api/context'
import { feedbackQuery } from '../api/queries'
import type { Feedback } from '../api/types'
import { useT } from '../i18n'
import { Avatar } from '../kit/Avatar'
import { Empty } from '../kit/States'
import { Ago } from '../kit/Time'
import { Page } from '../settings/Page'
import table from '../settings/table.module.css'
import { Entries } from './Entries'
import { seeFeedback } from './model'
import css from './moderation.module.css'

export default function FeedbackPage() {
  const t = useT()
  const query = useInfiniteQuery(feedbackQuery(useApi()))
  const newest = query.data?.pages[0]?.items[0]?.id ?? 0
  useEffect(() => seeFeedback(newest), [newest])
  return (
    <Page title={t('nav.feedback')} text={t('feedback.text')}>
      <Entries query={query} empty={<Empty icon={<IconMessageHeart size={22} stroke={1.75} />} title={t('feedback.none')} text={t('feedback.noneText')} />}>
        {(f) => <Card feedback={f} />}
      </Entries>
    </Page>
  )
}

function Card({ feedback: f }: { feedback: Feedback }) {
  const t = useT()
  const name = f.from ? f.from.name || f.from.username : t('reports.gone')
  return (
    <article className={css.card} aria-label={f.title || t('feedback.deletion')}>
      <header className={css.head}>
        <Avatar name={name} seed={f.from?.username ?? ''} size={32} anonymous={!f.from} />
        <p className={css.words}>{f.from ? <Link className={css.from} to={`/settings/accounts/${f.from.id}`}>{name}</Link> : name}</p>
        <p className={css.by} data-short>
          {f.kind === 'deletion' && (
            <span className={table.tag} data-kind="warn">
              {t('feedback.deletion')}
            </span>
          )}{' '}
          <Ago at={f.created} />
        </p>
      </header>
      {f.title && <h2 className={css.title}>{f.title}</h2>}
      {f.text && <p className={css.text}>{f.text}</p>}
    </article>
  )
}
