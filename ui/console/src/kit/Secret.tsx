import { ActionIcon } from '@mantine/core'
import { IconEye, IconEyeOff } from '@tabler/icons-react'
import { useState } from 'react'
import { useT } from '../i18n'
import { CopyIcon } from './Copy'
import css from './Secret.module.css'

/** A secret that is kept covered until somebody wants to see it. */
export function Secret({ label, value }: { label: string; value: string }) {
  const t = useT()
  const [shown, setShown] = useState(false)
  return (
    <div className={css.secret}>
      <code>{shown ? value : '•'.repeat(24)}</code>
      <ActionIcon variant="subtle" color="gray" onClick={() => setShown((v) => !v)} aria-pressed={shown} aria-label={`${t(shown ? 'common.hide' : 'common.show')}: ${label}`}>
        {shown ? <IconEyeOff size={16} stroke={1.75} /> : <IconEye size={16} stroke={1.75} />}
      </ActionIcon>
      <CopyIcon value={value} label={t('common.copyThing', { thing: label })} />
    </div>
  )
}
