// Walks through widget, shop and portal on the stand-in server and leaves
// a screenshot of every state in artifacts/screens. Fails on page errors.
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { FakeBackend } from './fake/backend.mjs';
import { launch, newTab } from './browser.mjs';

const out = path.resolve(import.meta.dirname, process.env.SCREENS ?? '../../artifacts/screens');
await mkdir(out, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const only = process.argv[2];
const browser = await launch();
const problems = [];

const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  narrow: { colorScheme: 'light', viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true },
};

async function page(backend, look, extra = {}) {
  const tab = await newTab(browser, { ...looks[look], locale: 'en-GB', reducedMotion: 'reduce', ...extra });
  tab.on('pageerror', (e) => problems.push(`page error: ${e.message}`));
  tab.on('console', (m) => {
    if (m.type() === 'error' && !/WebSocket|503|401|403|ERR_/.test(m.text())) problems.push(`console: ${m.text()}`);
  });
  return { tab, context: tab.context() };
}

async function shot(tab, name) {
  await tab.screenshot({ path: `${out}/${name}.png` });
  await audit(tab, name);
}

/** WCAG 2.2 A and AA by axe, shadow roots included. */
async function audit(tab, name) {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
  );
  for (const v of violations) problems.push(`${name}: ${v.id}: ${v.nodes.map((n) => n.target.flat().join(' ')).join(' | ')}: ${v.nodes[0].failureSummary.split('\n')[1]?.trim()}`);
}

async function widget(look) {
  const backend = new FakeBackend();
  const base = await backend.listen();
  const { tab, context } = await page(backend, look);
  await tab.goto(`${base}/demo/shop`);
  const button = tab.locator('switchboard-widget button.button');
  await button.waitFor();
  await shot(tab, `widget-${look}-1-closed`);
  if ((await context.cookies()).length > 0 || (await tab.evaluate(() => localStorage.length + sessionStorage.length)) > 0)
    problems.push('the widget stores something before the visitor acts');
  await button.click();
  const panel = tab.locator('switchboard-panel');
  const first = panel.locator('#first');
  await first.waitFor();
  await shot(tab, `widget-${look}-2-greeting`);
  backend.config = { ...backend.config, state: 0 };
  await tab.evaluate(() => window.$owidget); // the state is polled; the page is simply loaded again
  await tab.reload();
  await panel.locator('#email').waitFor();
  await shot(tab, `widget-${look}-3-offline`);
  backend.config = { ...backend.config, state: 1 };
  await tab.reload();
  await first.waitFor();
  await first.fill('Hello, is the Slow teapot dishwasher safe? See https://example.com/teapot (the green one).');
  await panel.locator('summary').click();
  await panel.locator('#name').fill('Jana');
  await panel.locator('#email').fill('not an address');
  await panel.locator('button.primary').click();
  await panel.locator('.wrong').waitFor();
  await shot(tab, `widget-${look}-4-form`);
  await panel.locator('#email').fill('jana@example.com');
  await panel.locator('button.primary').click();
  await panel.getByText('You are number 2 in the queue').waitFor();
  await shot(tab, `widget-${look}-5-waiting`);
  backend.place(1);
  await panel.getByText('You are next').waitFor();
  backend.join('Mia Novak');
  await panel.locator('.name', { hasText: 'Mia Novak' }).waitFor();
  backend.say('Hello Jana, this is Mia.');
  backend.say('It is, though we would wash it by hand: the glaze keeps its depth longer that way.');
  await panel.getByText('the glaze keeps').waitFor();
  const box = panel.locator('.composer textarea');
  await box.fill('Good to know, thank you.\nAnd does the lid come with it?');
  await box.press('Enter');
  await panel.getByText('And does the lid').waitFor();
  const id = await tab.waitForFunction(() => document.querySelector('switchboard-widget').shadowRoot.querySelector('switchboard-panel').talk.state.lines.findLast((l) => l.own && l.state === 'sent')?.id);
  backend.displayed(await id.jsonValue());
  await panel.locator('.seen').last().waitFor();
  backend.type();
  await panel.locator('.typing').waitFor();
  await shot(tab, `widget-${look}-6-active`);
  await panel.getByRole('button', { name: 'More' }).click();
  await shot(tab, `widget-${look}-6b-menu`);
  await panel.getByRole('button', { name: 'End conversation' }).click();
  await shot(tab, `widget-${look}-6c-confirm`);
  await tab.keyboard.press('Escape');
  backend.xmpp.refuse = true;
  backend.xmpp.drop();
  await panel.locator('.banner').waitFor();
  await shot(tab, `widget-${look}-7-lost`);
  backend.xmpp.refuse = false;
  // The client may have come back by itself meanwhile.
  await panel.getByRole('button', { name: 'Retry now' }).click({ timeout: 2000 }).catch(() => {});
  await panel.locator('.banner').waitFor({ state: 'detached' });
  await tab.keyboard.press('Escape');
  backend.say('It does.');
  await tab.locator('switchboard-widget .badge:not([hidden])').waitFor();
  await shot(tab, `widget-${look}-8-unread`);
  await tab.reload();
  await button.click();
  await panel.getByText('It does.').waitFor();
  await shot(tab, `widget-${look}-9-after-reload`);
  backend.end();
  await panel.getByText('How did it go?').waitFor();
  await panel.locator('.stars label').nth(3).click();
  await panel.locator('textarea[name=comment]').fill('Fast and kind.');
  await shot(tab, `widget-${look}-10-ended`);
  await panel.getByRole('button', { name: 'Send feedback' }).click();
  await panel.getByText('Thank you for the feedback').waitFor();
  await shot(tab, `widget-${look}-11-thanks`);
  if (backend.feedback[0]?.stars !== 4) problems.push(`feedback arrived as ${JSON.stringify(backend.feedback)}`);
  await panel.getByRole('button', { name: 'Start a new' }).click();
  await first.waitFor();
  backend.broken = ['/widget/v1/conversations'];
  await first.fill('Once more');
  await first.press('Enter');
  await panel.getByText('That did not work').waitFor();
  await shot(tab, `widget-${look}-12-error`);
  backend.broken = [];
  await panel.getByRole('button', { name: 'Try again' }).click();
  await panel.getByText('You are number 2').waitFor();
  if (backend.opened.length !== 2) problems.push(`${backend.opened.length} conversations were opened, 2 wanted`);
  await context.close();
  await backend.close();
}

async function languages() {
  const backend = new FakeBackend();
  const base = await backend.listen();
  for (const [lang, accent] of [['cs', '#1f7d48'], ['de', '#ffcc00']]) {
    backend.config.accent = accent;
    backend.lang = lang;
    const { tab, context } = await page(backend, 'light');
    await tab.goto(`${base}/demo/shop`);
    await tab.locator('switchboard-widget button.button').click();
    await tab.locator('switchboard-panel #first').fill(lang);
    await shot(tab, `widget-${lang}`);
    await tab.locator('switchboard-panel #first').press('Enter');
    await tab.locator('switchboard-panel .wait').waitFor();
    await shot(tab, `widget-${lang}-waiting`);
    await context.close();
  }
  await backend.close();
}

async function shop(look) {
  const backend = new FakeBackend();
  const base = await backend.listen();
  const { tab, context } = await page(backend, look);
  await tab.goto(`${base}/demo/shop`);
  await tab.locator('switchboard-widget button.button').waitFor();
  await tab.screenshot({ path: `${out}/shop-${look}.png`, fullPage: true });
  await audit(tab, `shop-${look}`);
  await tab.getByRole('button', { name: 'Ask the workshop' }).click();
  await tab.locator('switchboard-panel #first').waitFor();
  await context.close();
  await backend.close();
}

async function portal(look) {
  const backend = new FakeBackend();
  const base = await backend.listen();
  const { tab, context } = await page(backend, look);
  await tab.goto(`${base}/api`);
  await tab.locator('.opblock').first().waitFor();
  await tab.locator('.opblock-post .opblock-summary-control').click();
  await tab.locator('.btn.execute').first().waitFor();
  await tab.screenshot({ path: `${out}/portal-${look}.png` });
  await context.close();
  await backend.close();
}

try {
  for (const [name, run] of Object.entries({ widget, shop, portal })) {
    if (only && only !== name) continue;
    for (const look of Object.keys(looks)) {
      console.log(name, look);
      await run(look);
    }
  }
  if (!only || only === 'languages') await languages();
} finally {
  await browser.close();
}
if (problems.length > 0) {
  console.error([...new Set(problems)].join('\n'));
  process.exit(1);
}
console.log(`screens are in ${out}`);
