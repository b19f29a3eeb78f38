import { Button, Checkbox, Modal, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ApiError } from '../api/client'
import { adminActions, keys } from '../api/queries'
import type { Webhook } from '../api/types'
import { useT } from '../i18n'
import { fieldError, useAction } from '../kit/useAction'
import { eventTypes, isKnownEvent, keepUnknown } from './eventTypes'
import { FormError } from '../kit/FormError'
import layout from '../kit/Form.module.css'
import own from './ApiKeysPage.module.css'

interface Props {
  opened: boolean
  close(): void
  /** The one to change; a new one without. */
  webhook?: Webhook
  done?(id: number): void
}

export function WebhookDialog(props: Props) {
  const t = useT()
  return (
    <Modal
      opened={props.opened}
      onClose={props.close}
      title={t(props.webhook ? 'webhooks.editTitle' : 'webhooks.createTitle')}
      size={560}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Form {...props} />
    </Modal>
  )
}

function Form({ close, webhook, done }: Props) {
  const t = useT()
  const [url, setUrl] = useState(webhook?.callbackUrl ?? '')
  const [chosen, setChosen] = useState<string[]>(webhook?.eventTypes.filter(isKnownEvent) ?? [...eventTypes.slice(0, 5)])
  const save = useAction(
    (api, v: { callbackUrl: string; eventTypes: string[] }) =>
      webhook ? adminActions.updateWebhook(api, { id: webhook.id, ...v }).then(() => webhook.id) : adminActions.createWebhook(api, v),
    {
      stale: keys.webhooks,
      said: webhook ? t('webhooks.saved') : t('webhooks.created'),
      done: (id) => {
        close()
        done?.(id)
      },
    },
  )
  const error = save.error
  const taken = error instanceof ApiError && error.status === 409
  const urlError = taken ? t('webhooks.taken') : fieldError(error, 'callbackUrl')
  return (
    <form
      className={layout.form}
      onSubmit={(e) => {
        e.preventDefault()
        save.mutate({ callbackUrl: url.trim(), eventTypes: keepUnknown(chosen, webhook?.eventTypes ?? []) })
      }}
    >
      <TextInput
        data-autofocus
        required
        type="url"
        label={t('webhooks.url')}
        description={t('webhooks.urlText')}
        placeholder="https://example.com/hooks/switchboard"
        value={url}
        maxLength={2000}
        spellCheck={false}
        error={urlError}
        onChange={(e) => setUrl(e.currentTarget.value)}
      />
      <Checkbox.Group label={t('webhooks.events')} value={chosen} onChange={setChosen} error={fieldError(error, 'eventTypes')}>
        <div className={own.scopes}>
          {eventTypes.map((type) => (
            <Checkbox key={type} value={type} label={t(`event.${type}`)} description={<code>{type}</code>} />
          ))}
        </div>
      </Checkbox.Group>
      {error && !urlError && !fieldError(error, 'eventTypes') && (
        <FormError error={error} />
      )}
      <div className={layout.buttons}>
        <Button variant="default" onClick={close}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={save.isPending} disabled={chosen.length === 0}>
          {t(webhook ? 'common.save' : 'webhooks.create')}
        </Button>
      </div>
    </form>
  )
}
