// A list of what users sent, page by page, with its four states.
import { Button } from '@mantine/core'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Paged } from '../api/client'
import { flat } from '../api/queries'
import { useT } from '../i18n'
import { ErrorState, RowsSkeleton } from '../kit/States'
import table from '../settings/table.module.css'
import css from './moderation.module.css'

interface Props<T> {
  query: UseInfiniteQueryResult<InfiniteData<Paged<T>>>
  empty: ReactNode
  children: (entry: T) => ReactNode
}

export function Entries<T extends { id: number }>({ query, empty, children }: Props<T>) {
  const t = useT()
  const list = flat(query.data?.pages.map((p) => p.items) ?? [])
  if (query.isPending) return <RowsSkeleton rows={6} />
  if (query.isError && !query.data) return <ErrorState error={query.error} retry={() => void query.refetch()} />
  if (list.length === 0) return empty
  return (
    <>
      <ul className={css.list}>
        {list.map((entry) => (
          <li key={entry.id}>{children(entry)}</li>
        ))}
      </ul>
      {query.hasNextPage && (
        <div className={table.more}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
    </>
  )
}
