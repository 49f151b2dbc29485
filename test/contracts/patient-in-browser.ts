/**
 * The test patient, in a Chromium: logs in at PKB with an e-mail address and a password and presses Approve or Deny.
 * UPSTREAM: not documented: what the pages look like but for the two buttons, so it looks for what every log-in page has.
 */

import type { Browser, Page } from 'playwright-core';
import type { Upstream } from './upstream.ts';

export interface TestPatient {
  readonly email: string;
  readonly password: string;
}

export function patientInBrowser(
  browser: Browser,
  redirectUri: string,
  patient: TestPatient,
): NonNullable<Upstream['press']> {
  return async (url, button) => {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const sentBack = await redirectsTo(page, redirectUri);
      await page.goto(url.href);
      await logIn(page, patient);
      const loaded = page.waitForEvent('load');
      await page.getByRole('button', { name: new RegExp(`^${button}$`, 'i') }).click();
      await loaded;
      await Promise.race([sentBack.promise, page.waitForLoadState('networkidle')]);
      return sentBack.at;
    } finally {
      await context.close();
    }
  };
}

/**
 * Follows redirects one at a time, and stops before the client's own: whoever listens there would use the code up.
 * Chromium shows no redirect that it follows by itself, so each is turned into a page that goes on.
 */
async function redirectsTo(page: Page, redirectUri: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sentBack: { promise: Promise<void>; at: URL | undefined } = { promise, at: undefined };
  await page.route('**/*', async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    const { location } = response.headers();
    if (location === undefined) return route.fulfill({ response });
    const to = new URL(location, route.request().url());
    if (!to.href.startsWith(redirectUri)) {
      return route.fulfill({ contentType: 'text/html', body: goOn(to) });
    }
    sentBack.at = to;
    await route.fulfill({ contentType: 'text/html', body: 'The contract has what it needs.' });
    resolve();
  });
  return sentBack;
}

function goOn(to: URL): string {
  return `<meta http-equiv="refresh" content="0;url=${to.href.replaceAll('"', '%22')}">`;
}

async function logIn(page: Page, { email, password }: TestPatient): Promise<void> {
  const secret = page.locator('input[type=password]:visible').first();
  if ((await secret.count()) === 0) return;
  await page.locator('input[type=email]:visible, input[type=text]:visible').first().fill(email);
  await secret.fill(password);
  await secret.press('Enter');
}
