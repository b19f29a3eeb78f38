// Who can sign in: search, create, import, and everything about one account
// beside the list.
import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { IconPlus, IconSearch, IconUpload, IconUsers } from '@tabler/icons-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { useApi } from '../api/context'
import { accountsQuery } from '../api/queries'
import { useT } from '../i18n'
import { Empty, ErrorState, RowsSkeleton } from '../kit/States'
import { AccountDialogs, CreateDialog, type Ask } from './AccountDialogs'
import { AccountDrawer } from './AccountDrawer'
import { AccountTable } from './AccountTable'
import { Page } from './Page'
import css from './table.module.css'
import own from './AccountsPage.module.css'

const ImportDialog = lazy(() => import('./ImportDialog'))
const kinds = ['', 'operator', 'user', 'visitor'] as const

export default function AccountsPage() {
  const t = useT()
  const navigate = useNavigate()
  const id = Number(useParams().id) || undefined
  const [params, setParams] = useSearchParams()
  const kind = params.get('kind') ?? ''
  const [search, setSearch] = useState(params.get('search') ?? '')
  const [settled] = useDebouncedValue(search.trim(), 200)
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(params)
    if (value) next.set(name, value)
    else next.delete(name)
    setParams(next, { replace: true })
  }
  useEffect(() => {
    if (settled !== (params.get('search') ?? '')) set('search', settled)
    // the field leads, the address follows
  }, [settled]) // eslint-disable-line react-hooks/exhaustive-deps
  const [creating, setCreating] = useState(false)
  const [importing, setImporting] = useState(false)
  const [ask, setAsk] = useState<Ask>()
  const query = useQuery({ ...accountsQuery(useApi(), settled, kind, 0), placeholderData: keepPreviousData })
  const total = query.data?.total ?? 0
  const at = params.size > 0 ? `?${params}` : ''
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
      {t('accounts.create')}
    </Button>
  )
  const actions = (
    <div className={own.actions}>
      <Button variant="default" leftSection={<IconUpload size={16} stroke={1.75} />} onClick={() => setImporting(true)}>
        {t('import.open')}
      </Button>
      {create}
    </div>
  )
  return (
    <Page title={t('nav.accounts')} text={t('accounts.text')} action={actions}>
      <div className={css.bar} role="search">
        <TextInput
          className={css.search!}
          leftSection={<IconSearch size={16} stroke={1.75} />}
          placeholder={t('accounts.search')}
          aria-label={t('accounts.search')}
          value={search}
          maxLength={200}
          onChange={(e) => setSearch(e.currentTarget.value)}
        />
        <SegmentedControl
          styles={{ label: { fontWeight: 500 } }}
          aria-label={t('accounts.kind')}
          value={kind}
          onChange={(value) => set('kind', value)}
          data={kinds.map((k) => ({ value: k, label: t(`accounts.kind.${k || 'all'}`) }))}
        />
        <p className={own.total} role="status">
          {query.data && t('accounts.total', { count: total })}
        </p>
      </div>
      {query.isPending ? (
        <RowsSkeleton />
      ) : query.isError && !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : total === 0 ? (
        <Empty
          icon={<IconUsers size={22} stroke={1.75} />}
          title={settled || kind ? t('accounts.noMatch') : t('accounts.empty')}
          {...(settled || kind ? {} : { action: create })}
        />
      ) : (
        <AccountTable key={`${settled} ${kind}`} first={query.data!} search={settled} kind={kind} selected={id} at={at} ask={setAsk} />
      )}
      <CreateDialog opened={creating} close={() => setCreating(false)} />
      <Suspense>{importing && <ImportDialog close={() => setImporting(false)} />}</Suspense>
      <AccountDrawer id={id} asking={!!ask} ask={setAsk} close={() => void navigate(`/settings/accounts${at}`)} />
      <AccountDialogs ask={ask} close={() => setAsk(undefined)} />
    </Page>
  )
}
