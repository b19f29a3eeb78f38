// What the apps on this workspace may do, how much, and how their users prove
// who they are.
import { Button, Select, Switch, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi } from '../api/context'
import { adminActions, companyQuery, featuresQuery, keys, settingsQuery } from '../api/queries'
import type { Settings, SettingsChange } from '../api/types'
import { useT, type Translate } from '../i18n'
import { CodeBlock } from '../kit/Copy'
import { describeError } from '../kit/errors'
import { complain } from '../kit/notify'
import { Secret } from '../kit/Secret'
import { ErrorState, RowsSkeleton } from '../kit/States'
import { fieldError, useAction } from '../kit/useAction'
import { attachments, featureGroups, graceChoices, type Flag } from './features'
import { identitySnippet, identityUse } from './identity'
import { Page } from './Page'
import { TrialBanner } from './TrialBanner'
import { FormError } from '../kit/FormError'
import layout from '../kit/Form.module.css'
import css from './table.module.css'
import own from './FeaturesPage.module.css'

export default function FeaturesPage() {
  const t = useT()
  const api = useApi()
  const company = useQuery(companyQuery(api)).data
  const features = useQuery(featuresQuery(api))
  const settings = useQuery(settingsQuery(api))
  const broken = [features, settings].find((q) => q.isError && !q.data)
  return (
    <Page title={t('nav.features')} text={t('features.text')}>
      {company && <TrialBanner company={company} />}
      {broken ? (
        <ErrorState error={broken.error} retry={() => void broken.refetch()} />
      ) : !features.data || !settings.data ? (
        <RowsSkeleton rows={10} />
      ) : (
        <>
          <Features features={features.data} />
          <Limits settings={settings.data} />
          <Identity settings={settings.data} licence={company?.licenseKey ?? ''} />
        </>
      )}
    </Page>
  )
}

/** A switch answers at once; a refusal puts it back. */
function useSwitch() {
  const t = useT()
  const api = useApi()
  const client = useQueryClient()
  return useMutation({
    mutationKey: keys.features,
    mutationFn: (change: Record<string, boolean>) => adminActions.features(api, change),
    onMutate: async (change) => {
      await client.cancelQueries({ queryKey: keys.features })
      const before = client.getQueryData<Record<string, boolean>>(keys.features)
      client.setQueryData<Record<string, boolean>>(keys.features, (all) => ({ ...all, ...change }))
      return Object.fromEntries(Object.keys(change).map((flag) => [flag, before?.[flag] !== false]))
    },
    onError: (error, _, before) => {
      client.setQueryData<Record<string, boolean>>(keys.features, (all) => ({ ...all, ...before }))
      complain(t('features.failed'), describeError(error, t))
    },
    // Of several at once the last one asks: an answer in between would put the others back for a moment.
    onSettled: () => client.isMutating({ mutationKey: keys.features }) === 1 && client.invalidateQueries({ queryKey: keys.features }),
  })
}

function Features({ features }: { features: Record<string, boolean> }) {
  const t = useT()
  const change = useSwitch()
  return (
    <section className={css.card} aria-labelledby="features-title">
      <h2 id="features-title" className={own.title}>{t('features.title')}</h2>
      <p className={css.cardText}>{t('features.titleText')}</p>
      {featureGroups.map(({ name, flags }) => (
        <div key={name} role="group" aria-labelledby={`features-${name}`} className={own.group}>
          <h3 id={`features-${name}`} className={own.groupTitle}>{t(`features.group.${name}`)}</h3>
          {flags.map((flag) => (
            <Row key={flag} flag={flag} features={features} change={(on) => change.mutate({ [flag]: on })} />
          ))}
        </div>
      ))}
    </section>
  )
}

function Row({ flag, features, change }: { flag: Flag; features: Record<string, boolean>; change(on: boolean): void }) {
  const t = useT()
  const part = attachments.includes(flag)
  const held = part && features.isAttachmentEnabled === false
  return (
    <div className={own.row} data-part={part || undefined}>
      <Switch
        checked={features[flag] !== false && !held}
        disabled={held}
        onChange={(e) => change(e.currentTarget.checked)}
        label={t(`feature.${flag}`)}
        description={held ? t('features.held') : t(`feature.${flag}.text`)}
        labelPosition="left"
        withThumbIndicator={false}
        styles={{ root: { width: '100%' }, body: { justifyContent: 'space-between', gap: 16 }, labelWrapper: { flex: 1 }, label: { fontWeight: 500 }, description: { fontSize: 13, marginTop: 2 } }}
      />
    </div>
  )
}

function graceLabel(hours: number, t: Translate): string {
  if (hours === 0) return t('features.atOnce')
  return hours % 24 === 0 ? t('features.days', { count: hours / 24 }) : t('features.hours', { count: hours })
}

/** Shows at once what the server has taken. */
function useSaved() {
  const client = useQueryClient()
  return ({ identity, ...v }: SettingsChange) =>
    client.setQueryData<Settings>(keys.settings, (s) => s && { ...s, ...v, identity: { ...s.identity, ...identity } })
}

function Limits({ settings }: { settings: Settings }) {
  const t = useT()
  const saved = useSaved()
  const [draft, setDevices] = useState<string>() // until somebody writes, it is what is saved
  const devices = draft ?? String(settings.deviceLimit)
  const save = useAction(adminActions.settings, { stale: keys.settings, said: t('features.saved'), done: (_, v) => (saved(v), setDevices(undefined)) })
  const grace = useAction(adminActions.settings, { stale: keys.settings, said: t('features.saved'), failed: t('features.notSaved') })
  const hours = grace.isPending ? (grace.variables.deletionGraceHours ?? settings.deletionGraceHours) : settings.deletionGraceHours
  const number = Number(devices)
  const wrong = !Number.isInteger(number) || number < 1 || number > 1000
  const choices = [...new Set([...graceChoices, hours])].sort((a, b) => a - b)
  return (
    <section className={css.card}>
      <h2 className={own.title}>{t('features.limits')}</h2>
      <p className={css.cardText}>{t('features.limitsText')}</p>
      <div className={css.two}>
        <form
          className={own.inline}
          onSubmit={(e) => {
            e.preventDefault()
            if (!wrong) save.mutate({ deviceLimit: number })
          }}
        >
          <TextInput
            type="number"
            min={1}
            max={1000}
            label={t('features.devices')}
            description={t('features.devicesText')}
            value={devices}
            error={wrong ? t('features.devicesWrong') : (fieldError(save.error, 'deviceLimit') ?? (save.error && describeError(save.error, t)))}
            onChange={(e) => setDevices(e.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={save.isPending} disabled={wrong || number === settings.deviceLimit}>
            {t('common.save')}
          </Button>
        </form>
        <Select
          label={t('features.grace')}
          description={t('features.graceText')}
          allowDeselect={false}
          value={String(hours)}
          data={choices.map((h) => ({ value: String(h), label: graceLabel(h, t) }))}
          onChange={(value) => value !== null && grace.mutate({ deletionGraceHours: Number(value) })}
        />
      </div>
    </section>
  )
}

function Identity({ settings, licence }: { settings: Settings; licence: string }) {
  const t = useT()
  return (
    <section className={css.card}>
      <h2 className={own.title}>{t('identity.title')}</h2>
      <p className={css.cardText}>{t('identity.text')}</p>
      <h3 className={own.step}>{t('identity.key')}</h3>
      <p className={own.stepText}>{t('identity.keyText')}</p>
      <Secret label={t('identity.key')} value={settings.identity.key} />
      <div className={own.code}>
        <CodeBlock label={t('identity.backend')} code={identitySnippet()} />
        <CodeBlock label={t('identity.page')} code={identityUse(location.origin, licence)} />
      </div>
      <h3 className={own.step}>{t('identity.provider')}</h3>
      <p className={own.stepText}>{t('identity.providerText')}</p>
      <Provider identity={settings.identity} />
    </section>
  )
}

function Provider({ identity }: { identity: Settings['identity'] }) {
  const t = useT()
  const saved = useSaved()
  const [draft, setForm] = useState<Partial<Settings['identity']>>({}) // what nobody has written in is what is saved
  const form = { ...identity, ...draft }
  const save = useAction(adminActions.settings, { stale: keys.settings, said: t('features.saved'), done: (_, v) => (saved(v), setForm({})) })
  const set = (more: Partial<typeof form>) => setForm((f) => ({ ...f, ...more }))
  const same = form.jwksUrl.trim() === identity.jwksUrl && form.issuer.trim() === identity.issuer && form.audience.trim() === identity.audience
  const error = (name: string) => fieldError(save.error, `identity.${name}`)
  const known = ['jwksUrl', 'issuer', 'audience'].some(error)
  return (
    <form
      className={layout.form}
      noValidate
      onSubmit={(e) => {
        e.preventDefault()
        save.mutate({ identity: { jwksUrl: form.jwksUrl.trim(), issuer: form.issuer.trim(), audience: form.audience.trim() } })
      }}
    >
      <TextInput type="url" label={t('identity.jwks')} placeholder="https://id.example.com/.well-known/jwks.json" value={form.jwksUrl} maxLength={2000} spellCheck={false} error={error('jwksUrl')} onChange={(e) => set({ jwksUrl: e.currentTarget.value })} />
      <div className={css.two}>
        <TextInput label={t('identity.issuer')} description={t('identity.issuerText')} value={form.issuer} maxLength={1000} spellCheck={false} error={error('issuer')} onChange={(e) => set({ issuer: e.currentTarget.value })} />
        <TextInput label={t('identity.audience')} description={t('identity.audienceText')} value={form.audience} maxLength={1000} spellCheck={false} error={error('audience')} onChange={(e) => set({ audience: e.currentTarget.value })} />
      </div>
      {save.error && !known && (
        <FormError error={save.error} />
      )}
      <div className={layout.buttons}>
        <Button type="submit" variant="default" loading={save.isPending} disabled={same}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  )
}
