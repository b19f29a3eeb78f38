import { Kbd, Modal, Switch } from '@mantine/core'
import { useT, type MessageKey } from '../i18n'
import { setShortcuts, useShortcutsOn } from './hotkeys'
import '../styles/forms.css'
import css from './ShortcutsDialog.module.css'

const groups: { title: MessageKey; keys: [string, MessageKey][] }[] = [
  {
    title: 'shortcuts.inbox',
    keys: [
      ['a', 'shortcuts.accept'],
      ['f', 'shortcuts.forward'],
      ['e', 'shortcuts.end'],
      ['r', 'shortcuts.reply'],
      ['n', 'shortcuts.note'],
      ['i', 'shortcuts.client'],
      ['j', 'shortcuts.next'],
      ['k', 'shortcuts.previous'],
    ],
  },
  {
    title: 'shortcuts.composer',
    keys: [
      ['Enter', 'shortcuts.send'],
      ['Shift Enter', 'shortcuts.newline'],
    ],
  },
  {
    title: 'shortcuts.everywhere',
    keys: [
      ['Ctrl K', 'shortcuts.palette'],
      ['g i', 'shortcuts.goInbox'],
      ['g h', 'shortcuts.goHistory'],
      ['g r', 'shortcuts.goReports'],
      ['g s', 'shortcuts.goSettings'],
      ['?', 'shortcuts.help'],
    ],
  },
]

export default function ShortcutsDialog({ opened, close }: { opened: boolean; close(): void }) {
  const t = useT()
  const on = useShortcutsOn()
  return (
    <Modal opened={opened} onClose={close} title={t('shortcuts.title')} size={520} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <div className={css.groups} data-off={!on || undefined}>
        {groups.map((g) => (
          <section key={g.title} className={css.group}>
            <h3 className={css.title}>{t(g.title)}</h3>
            <dl className={css.keys}>
              {g.keys.map(([keys, label]) => (
                <div key={keys} className={css.row}>
                  <dt>{t(label)}</dt>
                  <dd>
                    {keys.split(' ').map((k) => (
                      <Kbd key={k}>{k}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Switch
        mt="md"
        checked={on}
        onChange={(e) => setShortcuts(e.currentTarget.checked)}
        label={t('shortcuts.single')}
        description={t('shortcuts.singleText')}
      />
    </Modal>
  )
}
