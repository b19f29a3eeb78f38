// Walks through the console against the fake server, leaves a screenshot of
// every screen in ../artifacts, and fails on an axe violation or a script
// error. `node dev/screens.mjs inbox` takes only those whose name contains it.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { launch } from './browser.mjs'
import { startFake } from './fake-server.mjs'

const only = process.argv[2] ?? ''
const out = fileURLToPath(new URL('../artifacts/', import.meta.url))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const sizes = { wide: [1280, 800], full: [1920, 1080], narrow: [390, 844] }
const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }
mkdirSync(out, { recursive: true })

const fake = await startFake()
const browser = await launch()
const problems = []

async function screen(name, { path, size = 'wide', dark = false, control = '', language = 'en', before, ready, act, skipAxe = false }) {
  if (!name.includes(only)) return
  await fetch(`${fake.url}/__fake?reset=1&slow=0&fail=&xmpp=on&me=1&refuse=no`)
  if (control) await fetch(`${fake.url}/__fake?${control}`)
  const [width, height] = sizes[size]
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: language, reducedMotion: 'reduce', permissions: ['clipboard-write', 'clipboard-read'] })
  const page = await context.newPage()
  page.setDefaultTimeout(8000)
  page.on('pageerror', (error) => problems.push(`${name}: ${error.message}`))
  page.on('console', (m) => m.type() === 'error' && !/Failed to load resource|WebSocket/.test(m.text()) && problems.push(`${name}: ${m.text()}`))
  try {
    await before?.(page)
    await page.goto(`${fake.url}/console${path}`)
    if (typeof ready === 'function') await ready(page).waitFor()
    else if (ready) await page.getByText(ready, { exact: false }).first().waitFor()
    else await page.waitForSelector('main h1', { state: 'attached' })
    await act?.(page)
    await page.waitForTimeout(250)
    await page.screenshot({ path: `${out}${name}.png` })
    if (!skipAxe) await check(page, name)
  } catch (error) {
    problems.push(`${name}: ${error.message.split('\n')[0]}`)
    await page.screenshot({ path: `${out}${name}-FAILED.png` }).catch(() => {})
  }
  await context.close()
}

async function check(page, name) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate((options) => globalThis.axe.run(document, options), rules)
  for (const v of violations) problems.push(`${name}: axe ${v.id} (${v.impact}): ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? '').slice(0, 160)).join(' | ')}`)
}

const say = (page, query) => page.evaluate((q) => fetch(`/__fake?${q}`).then(() => {}), query)

await screen('inbox', { path: '/inbox', ready: 'Jakub' })
await screen('inbox-conversation', {
  path: '/inbox/103', ready: 'Keep it for pencils',
  act: async (p) => {
    await p.getByRole('textbox', { name: /Reply to/ }).fill('Of course, I have put both into one parcel.')
    await p.keyboard.press('Enter')
    await p.getByRole('img', { name: 'Sent', exact: true }).last().waitFor()
    await say(p, 'read=103')
    await p.getByRole('img', { name: 'Read', exact: true }).last().waitFor()
    await say(p, 'typing=103')
    await p.getByText('is typing').waitFor()
  },
})
await screen('inbox-conversation-dark', { path: '/inbox/103', ready: 'Keep it for pencils', dark: true })
await screen('inbox-conversation-full', { path: '/inbox/103', ready: 'Keep it for pencils', size: 'full' })
await screen('inbox-waiting', { path: '/inbox/101', ready: 'says delivered' })
await screen('inbox-accepted', {
  path: '/inbox', ready: 'Jakub',
  act: async (p) => {
    await p.keyboard.press('a')
    await p.getByText('Ada Novák joined').waitFor()
  },
})
await screen('inbox-note', { path: '/inbox/104', ready: 'Brno', act: async (p) => { await p.keyboard.press('Escape'); await p.keyboard.press('n'); await p.keyboard.type('Not packed yet, address changed in the order system.') } })
await screen('inbox-failed', {
  path: '/inbox/104', ready: 'Brno',
  act: async (p) => {
    await say(p, 'refuse=not-allowed')
    await p.getByRole('textbox', { name: /Reply to/ }).fill('Changed to Brno, you will get a new confirmation.')
    await p.keyboard.press('Enter')
    await p.getByText('Not sent.').waitFor()
  },
})
await screen('inbox-end', { path: '/inbox/103', ready: 'Keep it for pencils', act: async (p) => { await p.keyboard.press('Escape'); await p.keyboard.press('e'); await p.getByRole('button', { name: 'Solved' }).click() } })
await screen('inbox-forward', { path: '/inbox/103', ready: 'Keep it for pencils', act: async (p) => { await p.keyboard.press('Escape'); await p.keyboard.press('f'); await p.getByText('Clara').click() } })
await screen('inbox-forward-dark', { path: '/inbox/103', ready: 'Keep it for pencils', dark: true, act: async (p) => { await p.keyboard.press('Escape'); await p.keyboard.press('f'); await p.getByRole('dialog').getByText('Support').click() } })
await screen('inbox-empty', { path: '/inbox', control: 'empty=1', ready: 'All quiet' })
await screen('inbox-empty-dark', { path: '/inbox', control: 'empty=1', ready: 'All quiet', dark: true })
await screen('inbox-empty-narrow', { path: '/inbox', control: 'empty=1', ready: 'All quiet', size: 'narrow' })
await screen('inbox-loading', { path: '/inbox', control: 'slow=2500' })
await screen('inbox-error', { path: '/inbox', control: 'fail=Sessions', ready: 'Try again' })
await screen('inbox-rest', { path: '/inbox/103', control: 'xmpp=off', ready: 'Keep it for pencils', act: async (p) => { await p.getByRole('textbox', { name: /Reply to/ }).fill('Sent without XMPP.'); await p.keyboard.press('Enter'); await p.waitForTimeout(600) } })
await screen('inbox-many', { path: '/inbox/101', control: 'many=400', ready: 'says delivered' })
await screen('inbox-narrow', { path: '/inbox', ready: 'Jakub', size: 'narrow' })
await screen('inbox-narrow-dark', { path: '/inbox', ready: 'Jakub', size: 'narrow', dark: true })
await screen('inbox-conversation-narrow', { path: '/inbox/103', ready: 'Keep it for pencils', size: 'narrow' })
await screen('inbox-client-narrow', { path: '/inbox/103', ready: 'Keep it for pencils', size: 'narrow', act: async (p) => { await p.getByRole('button', { name: 'Client details' }).click(); await p.waitForTimeout(300) } })
await screen('palette', { path: '/inbox/103', ready: 'Keep it for pencils', act: async (p) => { await p.keyboard.press('Control+k'); await p.getByRole('combobox').waitFor() } })
await screen('palette-dark', { path: '/inbox/103', ready: 'Keep it for pencils', dark: true, act: async (p) => { await p.keyboard.press('Control+k'); await p.getByRole('combobox').fill('mar') } })
await screen('shortcuts', { path: '/inbox', ready: 'Jakub', act: async (p) => { await p.keyboard.press('?'); await p.getByRole('dialog').waitFor() } })
await screen('self-menu', { path: '/inbox', ready: 'Jakub', act: async (p) => { await p.getByRole('button', { name: /Ada Novák/ }).click(); await p.getByText('Sign out').waitFor() } })
await screen('inbox-cs', { path: '/inbox/103', ready: 'Keep it for pencils', language: 'cs' })
await screen('history', { path: '/history', ready: 'Olivier' })
await screen('history-dark', { path: '/history', ready: 'Olivier', dark: true })
await screen('history-narrow', { path: '/history', ready: 'Olivier', size: 'narrow' })
await screen('history-detail', { path: '/history/1064', ready: (p) => p.getByRole('log').getByText('Your parcel has left'), act: (p) => p.getByText('Olivier').first().waitFor() })
await screen('history-detail-full', { path: '/history/1064', ready: (p) => p.getByRole('log').getByText('Your parcel has left'), size: 'full' })
await screen('history-filter', { path: '/history?text=photo', ready: 'Greta' })
await screen('history-nomatch', { path: '/history?text=zzzz', ready: 'No conversation matches' })
await screen('history-empty', { path: '/history', control: 'empty=1', ready: 'No conversation has ended' })
await screen('accounts', { path: '/settings/accounts', ready: 'Ben Okafor' })
await screen('accounts-dark', { path: '/settings/accounts', ready: 'Ben Okafor', dark: true })
await screen('accounts-narrow', { path: '/settings/accounts', ready: 'Ben Okafor', size: 'narrow' })
await screen('accounts-create', { path: '/settings/accounts', ready: 'Ben Okafor', act: async (p) => { await p.getByRole('button', { name: 'New account' }).click(); await p.getByRole('textbox', { name: 'Username', exact: true }).fill('ada'); await p.getByRole('dialog').getByRole('button', { name: 'New account' }).click(); await p.getByText('This name is taken').waitFor() } })
await screen('accounts-created', { path: '/settings/accounts', ready: 'Ben Okafor', act: async (p) => { await p.getByRole('button', { name: 'New account' }).click(); await p.getByRole('textbox', { name: 'Username', exact: true }).fill('eva'); await p.getByRole('dialog').getByRole('button', { name: 'New account' }).click(); await p.getByText('shown only now').waitFor() } })
await screen('accounts-menu', { path: '/settings/accounts', ready: 'Ben Okafor', act: async (p) => { await p.getByRole('button', { name: 'Actions for ben' }).click(); await p.getByRole('menuitem', { name: 'Block' }).waitFor() } })
await screen('account', { path: '/settings/accounts/2', ready: 'Android' })
await screen('account-dark', { path: '/settings/accounts/2', ready: 'Android', dark: true })
await screen('import', { path: '/settings/accounts', ready: 'Ben Okafor', act: async (p) => { await p.getByRole('button', { name: 'Import' }).click(); await p.getByText('Drop a CSV file here').waitFor() } })
for (const [name, path, ready] of [['reports', '/reports', 'Lucky Prizes'], ['feedback', '/feedback', 'Bigger letters'], ['features', '/settings/features', 'Send files'], ['security', '/settings/security', 'API key created']]) {
  await screen(name, { path, ready })
  await screen(`${name}-dark`, { path, ready, dark: true })
  await screen(`${name}-narrow`, { path, ready, size: 'narrow' })
  await screen(`${name}-error`, { path, control: `fail=${{ reports: 'Reports', feedback: 'Feedback', features: 'Companies', security: 'AuditLog' }[name]}`, ready: 'Try again' })
}
await screen('reports-empty', { path: '/reports', control: 'empty=1', ready: 'No open reports' })
await screen('keys', { path: '/settings/keys', ready: 'Nightly export' })
await screen('keys-dark', { path: '/settings/keys', ready: 'Nightly export', dark: true })
await screen('keys-narrow', { path: '/settings/keys', ready: 'Nightly export', size: 'narrow' })
await screen('keys-empty', { path: '/settings/keys', control: 'empty=1', ready: 'No keys yet' })
await screen('keys-create', { path: '/settings/keys', ready: 'Nightly export', act: async (p) => { await p.getByRole('button', { name: 'New key' }).click(); await p.getByText('Follow live events').waitFor() } })
await screen('keys-created', { path: '/settings/keys', ready: 'Nightly export', act: async (p) => { await p.getByRole('button', { name: 'New key' }).click(); await p.getByRole('textbox', { name: 'Name' }).fill('Warehouse'); await p.getByRole('dialog').getByRole('button', { name: 'New key' }).click(); await p.getByText('I have copied it').waitFor() } })
await screen('webhooks', { path: '/settings/webhooks', ready: 'crm.example.com' })
await screen('webhooks-create', { path: '/settings/webhooks', ready: 'crm.example.com', act: async (p) => { await p.getByRole('button', { name: 'New webhook' }).click(); await p.getByText('A client wrote').waitFor() } })
await screen('webhook', { path: '/settings/webhooks/5', ready: 'SessionOperatorJoined', act: async (p) => { await p.getByRole('button', { name: 'SessionCreated' }).first().click() } })
await screen('webhook-dark', { path: '/settings/webhooks/5', ready: 'SessionOperatorJoined', dark: true })
await screen('webhook-narrow', { path: '/settings/webhooks/5', ready: 'SessionOperatorJoined', size: 'narrow' })
await screen('company', { path: '/settings/company', ready: 'End trial mode' })
await screen('company-dark', { path: '/settings/company', ready: 'End trial mode', dark: true })
await screen('company-narrow', { path: '/settings/company', ready: 'End trial mode', size: 'narrow' })
await screen('company-de', { path: '/settings/company', ready: 'Testmodus beenden', language: 'de' })
await screen('operator-settings', { path: '/settings/keys', control: 'me=2', ready: 'For administrators' })
await screen('not-found', { path: '/nowhere', ready: 'no such page' })
await screen('signed-out', { path: '/inbox', ready: 'Jakub', act: async (p) => { await p.getByRole('button', { name: /Ada Novák/ }).click(); await p.getByText('Sign out').click(); await p.getByText('You are signed out').waitFor() } })

await browser.close()
await fake.close()
console.log(problems.length === 0 ? 'all screens are clean' : problems.join('\n'))
process.exit(problems.length === 0 ? 0 : 1)
