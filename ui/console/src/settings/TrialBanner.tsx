// A workspace in trial mode says so, and ends it here.
import { Alert, Button, Modal } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { useApi } from '../api/context'
import { adminActions, companyQuery } from '../api/queries'
import type { Company } from '../api/types'
import { useT } from '../i18n'
import { Confirm } from '../kit/Confirm'
import { CopyField } from '../kit/Copy'
import { useAction } from '../kit/useAction'
import layout from '../kit/Form.module.css'
import own from './TrialBanner.module.css'

export function TrialBanner({ company }: { company: Company }) {
  const t = useT()
  const api = useApi()
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  const [licence, setLicence] = useState<string>()
  const end = useAction(
    async (_, _v: void) => {
      await adminActions.endTrial(api)
      return client.fetchQuery({ ...companyQuery(api), staleTime: 0 })
    },
    {
      failed: t('company.trialFailed'),
      done: (now) => {
        setAsking(false)
        setLicence(now.licenseKey)
      },
    },
  )
  return (
    <>
      {company.trial && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />} title={t('company.trial')} mb="md" classNames={{ title: own.alertTitle! }}>
          <div className={own.trial}>
            <p>{t('company.trialText')}</p>
            <Button variant="default" onClick={() => setAsking(true)}>
              {t('company.endTrial')}
            </Button>
          </div>
        </Alert>
      )}
      <Confirm
        opened={asking}
        close={() => setAsking(false)}
        title={t('company.endTrialTitle')}
        text={t('company.endTrialText')}
        action={t('company.endTrial')}
        busy={end.isPending}
        onConfirm={() => end.mutate()}
      />
      <Modal opened={!!licence} onClose={() => setLicence(undefined)} title={t('company.trialEnded')} size={460} closeButtonProps={{ 'aria-label': t('common.close') }}>
        <div className={layout.form}>
          <p>{t('company.trialEndedText')}</p>
          {licence && <CopyField label={t('company.licence')} value={licence} secret />}
          <div className={layout.buttons}>
            <Button onClick={() => setLicence(undefined)} data-autofocus>
              {t('common.done')}
            </Button>
          </div>
        </div>
      </Modal>
    </>
  )
}
