// API keys: named, scoped, shown once, revocable; with the curl line that
// turns one into a token.
import { Button, Checkbox, Modal, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconApi, IconKey, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useApi } from '../api/context'
import { adminActions, apiKeysQuery, keys, scopesQuery } from '../api/queries'
import type { ApiKey, ApiKeyCreated } from '../api/types'
import { useT, type Translate } from '../i18n'
import { Confirm } from '../kit/Confirm'
import { CodeBlock, CopyField, CopyIcon } from '../kit/Copy'
import { Empty, ErrorState, RowsSkeleton } from '../kit/States'
import { Ago } from '../kit/Time'
import { fieldError, useAction } from '../kit/useAction'
import { callCurl, tokenCurl } from './curl'
import { Page } from './Page'
import { FormError } from '../kit/FormError'
import layout from '../kit/Form.module.css'
import css from './table.module.css'
import own from './ApiKeysPage.module.css'

export default function ApiKeysPage() {
  const t = useT()
  const [creating, setCreating] = useState(false)
  const query = useQuery(apiKeysQuery(useApi()))
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
      {t('keys.create')}
    </Button>
  )
  const live = query.data?.filter((k) => !k.revoked) ?? []
  const revoked = query.data?.filter((k) => k.revoked) ?? []
  return (
    <Page title={t('nav.keys')} text={t('keys.text')} action={create}>
      {query.isPending ? (
        <RowsSkeleton rows={5} />
      ) : query.isError && !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : live.length + revoked.length === 0 ? (
        <Empty icon={<IconKey size={22} stroke={1.75} />} title={t('keys.empty')} text={t('keys.emptyText')} action={create} />
      ) : (
        <Table list={[...live, ...revoked]} />
      )}
      <p className={own.portal}>
        <IconApi size={18} stroke={1.75} aria-hidden="true" />
        <span>
          {t('keys.portal')}{' '}
          <a href="/api" target="_blank" rel="noopener">
            {t('nav.portal')}
          </a>
        </span>
      </p>
      <CreateDialog opened={creating} close={() => setCreating(false)} />
    </Page>
  )
}

function Table({ list }: { list: ApiKey[] }) {
  const t = useT()
  const [revoking, setRevoking] = useState<ApiKey>()
  const revoke = useAction(adminActions.revokeKey, { stale: keys.apiKeys, said: t('keys.revoked'), failed: t('keys.revokeFailed'), done: () => setRevoking(undefined) })
  return (
    <>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t('keys.name')}</th>
            <th scope="col">{t('keys.scopes')}</th>
            <th scope="col">{t('keys.created')}</th>
            <th scope="col">{t('keys.lastUsed')}</th>
            <th scope="col"><span className="sb-hidden">{t('common.actions')}</span></th>
          </tr>
        </thead>
        <tbody>
          {list.map((k) => (
            <tr key={k.id} className={k.revoked ? css.off : undefined}>
              <td>
                <span className={css.main}>{k.name}</span>
                <span className={own.client}>
                  <code className={`${css.sub} ${css.mono}`}>{k.clientId}</code>
                  {!k.revoked && <CopyIcon value={k.clientId} label={t('common.copyThing', { thing: t('keys.clientId') })} />}
                </span>
              </td>
              <td>
                <span className={css.tags}>
                  {k.scopes.length > 8 ? (
                    <span className={css.tag} title={k.scopes.join(', ')}>
                      {t('keys.allScopes', { count: k.scopes.length })}
                    </span>
                  ) : (
                    k.scopes.map((s) => (
                      <span key={s} className={css.tag} title={scopeText(s, t)}>
                        {s}
                      </span>
                    ))
                  )}
                </span>
              </td>
              <td className={`${css.time} ${css.wideOnly}`}>
                <Ago at={k.created} />
              </td>
              <td className={css.time} data-label={t('keys.lastUsed')}>{k.lastUsed ? <Ago at={k.lastUsed} /> : t('common.never')}</td>
              <td className={css.end}>
                {k.revoked ? (
                  <span className={css.tag} data-kind="bad">
                    {t('keys.isRevoked')}
                  </span>
                ) : (
                  <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRevoking(k)} aria-label={t('keys.revokeName', { name: k.name })}>
                    {t('keys.revoke')}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Confirm
        opened={!!revoking}
        close={() => setRevoking(undefined)}
        title={t('keys.revokeTitle', { name: revoking?.name ?? '' })}
        text={t('keys.revokeText')}
        action={t('keys.revoke')}
        danger
        busy={revoke.isPending}
        onConfirm={() => revoking && revoke.mutate({ id: revoking.id })}
      />
    </>
  )
}

/** A scope's meaning in the reader's language, where we have words for it. */
function scopeText(scope: string, t: Translate): string {
  const key = `scope.${scope}`
  return t.has(key) ? t(key) : scope
}

function CreateDialog({ opened, close }: { opened: boolean; close(): void }) {
  const t = useT()
  const [made, setMade] = useState<ApiKeyCreated>()
  const done = () => {
    close()
    setMade(undefined)
  }
  return (
    <Modal
      opened={opened}
      onClose={done}
      title={made ? t('keys.madeTitle', { name: made.name }) : t('keys.createTitle')}
      size={made ? 640 : 520}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {made ? <Made made={made} close={done} /> : <CreateForm close={done} made={setMade} />}
    </Modal>
  )
}

function CreateForm({ close, made }: { close(): void; made(key: ApiKeyCreated): void }) {
  const t = useT()
  const query = useQuery(scopesQuery(useApi()))
  const all = query.data ?? []
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<string[]>()
  const scopes = chosen ?? all.filter((s) => s.endsWith('.read') || s === 'events')
  const create = useAction(adminActions.createKey, { stale: keys.apiKeys, done: made })
  const error = create.error
  if (query.isError) return <ErrorState error={query.error} retry={() => void query.refetch()} />
  return (
    <form
      className={layout.form}
      onSubmit={(e) => {
        e.preventDefault()
        create.mutate({ name: name.trim(), scopes })
      }}
    >
      <TextInput
        data-autofocus
        required
        label={t('keys.name')}
        description={t('keys.nameText')}
        value={name}
        maxLength={100}
        autoComplete="off"
        error={fieldError(error, 'name')}
        onChange={(e) => setName(e.currentTarget.value)}
      />
      <Checkbox.Group label={t('keys.scopes')} description={t('keys.scopesText')} value={scopes} onChange={setChosen} error={fieldError(error, 'scopes')}>
        <div className={own.scopes}>
          {query.isPending && <RowsSkeleton rows={4} gap={14} />}
          {all.map((s) => (
            <Checkbox key={s} value={s} label={scopeText(s, t)} description={<code>{s}</code>} />
          ))}
        </div>
      </Checkbox.Group>
      <div className={own.presets}>
        <Button size="compact-sm" variant="subtle" onClick={() => setChosen([...all])}>
          {t('keys.everything')}
        </Button>
        <Button size="compact-sm" variant="subtle" onClick={() => setChosen(undefined)}>
          {t('keys.readOnly')}
        </Button>
      </div>
      {error && !fieldError(error, 'name') && !fieldError(error, 'scopes') && (
        <FormError error={error} />
      )}
      <div className={layout.buttons}>
        <Button variant="default" onClick={close}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={create.isPending} disabled={scopes.length === 0}>
          {t('keys.create')}
        </Button>
      </div>
    </form>
  )
}

function Made({ made, close }: { made: ApiKeyCreated; close(): void }) {
  const t = useT()
  return (
    <div className={layout.form}>
      <p>{t('keys.once')}</p>
      <CopyField label={t('keys.clientId')} value={made.clientId} />
      <CopyField label={t('keys.clientSecret')} value={made.clientSecret} secret />
      <CodeBlock label={t('keys.getToken')} code={tokenCurl(location.origin, made.clientId, made.clientSecret)} />
      <CodeBlock label={t('keys.useToken')} code={callCurl(location.origin, made.scopes)} />
      <div className={layout.buttons}>
        <Button onClick={close}>{t('keys.kept')}</Button>
      </div>
    </div>
  )
}
