// Chromium from the system's package, as every browser test here starts it.
import { chromium } from 'playwright-core';

/** How long a test waits for what has to come: a busy machine may stand still for seconds. */
export const patience = 45_000;

export function launch() {
  return chromium.launch({
    executablePath: process.env.SWITCHBOARD_TEST_CHROMIUM || '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A page in a context of its own; what its scripts throw is in `problems`. */
export async function newTab(browser, options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patience);
  const tab = await context.newPage();
  tab.problems = [];
  tab.on('pageerror', (e) => tab.problems.push(e.stack));
  return tab;
}

/** Waits until a condition holds; what() says what for if it never does. */
export async function until(condition, what) {
  const end = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited too long for ${await what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
