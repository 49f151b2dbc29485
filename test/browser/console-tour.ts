/** Every page of the console, walked to as support and operators do. */

import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { ConsoleStage } from './console-stage.ts';

export type VisitConsole = (name: string, page: Page) => Promise<void>;

const PATIENCE_MS = 20_000;

/** By who walks. */
export const CONSOLE_CHAPTERS: Readonly<
  Record<string, (browser: Browser, stage: ConsoleStage, visit: VisitConsole) => Promise<void>>
> = {
  'support, by a code': asSupport,
  'an operator, by the organisation’s sign-in': asOperator,
  'somebody who may not': asNobody,
};

async function open(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

async function sees(page: Page, heading: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

const press = (page: Page, name: string) =>
  page.locator('main, header').getByRole('button', { name, exact: true }).click();
const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).first().click();

async function find(page: Page, id: string): Promise<void> {
  await follow(page, 'Find a link');
  await sees(page, 'Find a link');
  await page.getByLabel('Account (app_user_id) or public id of the record').fill(id);
  await press(page, 'Find');
}

/** "Why is my record not connected?", and a link that has to go. */
async function asSupport(
  browser: Browser,
  { url, login, active, denied }: ConsoleStage,
  visit: VisitConsole,
) {
  const page = await open(browser);
  await page.goto(`${url}/admin`);
  await sees(page, 'Sign in');
  await visit('sign-in', page);
  const address = await login('support', 'Ann Achebe');
  await page.goto(address);
  await sees(page, 'Sign in as Ann Achebe');
  await visit('sign-in.code', page);
  await press(page, 'Sign in');
  await sees(page, 'Overview');
  await page.getByText('Signed in as Ann Achebe (support)').waitFor();
  await visit('overview.7-days', page);
  for (const [name, shot] of [
    ['the last 24 hours', 'overview.24-hours'],
    ['the last 30 days', 'overview.30-days'],
  ] as const) {
    await follow(page, name);
    await sees(page, 'Overview');
    await page.getByText('The numbers over time').click();
    await visit(shot, page);
  }

  await follow(page, 'Find a link');
  await sees(page, 'Find a link');
  await visit('search', page);
  await find(page, ' . ');
  await find(page, '..');
  await page.getByText('This can be neither').waitFor();
  await visit('search.wrong', page);
  await find(page, denied);
  await page.getByText('At PKB you did not approve').waitFor();
  await visit('search.denied', page);
  assert.ok(!page.url().includes(denied));
  await find(page, 'nobody-at-all');
  await page.getByText('Nothing is known.').waitFor();
  await visit('search.nothing', page);
  await find(page, active.publicId);
  await follow(page, active.id.slice(0, 8));
  await sees(page, `Link ${active.id.slice(0, 8)}`);
  await visit('link.active', page);

  await follow(page, 'Dead letters');
  await sees(page, 'Dead letters');
  await visit('dead-letters.support', page);
  assert.equal(await page.getByRole('link', { name: 'Resend…' }).count(), 0);

  await page.goto(`${url}/admin/links/${active.id}`);
  await follow(page, 'Unlink…');
  await sees(page, 'Unlink this account?');
  await visit('unlink', page);
  await follow(page, 'No, go back');
  await sees(page, `Link ${active.id.slice(0, 8)}`);
  await follow(page, 'Unlink…');
  await press(page, 'Yes, unlink');
  await page.getByText('Support disconnected your record.').waitFor();
  await visit('link.unlinked', page);

  await press(page, 'Sign out');
  await page.getByText('You are signed out.').waitFor();
  await visit('sign-in.signed-out', page);
  await page.goto(address);
  await sees(page, 'This address is used up');
  await visit('sign-in.used-up', page);
  await page.context().close();
}

/** By the organisation's sign-in; resends what was never accepted. */
async function asOperator(browser: Browser, { url }: ConsoleStage, visit: VisitConsole) {
  const page = await open(browser);
  await signInAtWork(page, url, 'olive');
  await sees(page, 'Overview');
  await page.getByText('Signed in as Olive Ortega (operator)').waitFor();
  await follow(page, 'Dead letters');
  await sees(page, 'Dead letters');
  await visit('dead-letters.operator', page);
  await follow(page, 'Resend…');
  await sees(page, 'Send this event again?');
  await visit('resend', page);
  await press(page, 'Yes, send it');
  await page.getByText('It was not accepted: status 503.').waitFor();
  await visit('resend.refused', page);
  await page.goto(`${url}/admin/nowhere`);
  await sees(page, 'Page not found');
  await visit('not-found', page);
  await page.goto(`${url}/admin/links/0b9c2c36-6d55-4b0f-9a5e-0a5a0b3f6a11`);
  await sees(page, 'It is not there');
  await visit('not-there', page);
  await page.context().close();
}

async function asNobody(browser: Browser, { url, login }: ConsoleStage, visit: VisitConsole) {
  const page = await open(browser);
  await signInAtWork(page, url, 'nell');
  await sees(page, 'You have no role here');
  await visit('sign-in.no-role', page);
  await page.goto(await login('support', 'Nell Nobody'));
  await press(page, 'Sign in');
  await sees(page, 'Overview');
  await page.goto(`${url}/admin/dead-letters/x/resend`);
  await sees(page, 'You may not do this');
  await visit('not-allowed', page);
  // Signed in anew in another tab: the form of this one is out of date.
  await page.goto(`${url}/admin`);
  const tab = await page.context().newPage();
  await tab.goto(await login('support', 'Nell Nobody'));
  await press(tab, 'Sign in');
  await sees(tab, 'Overview');
  await press(page, 'Sign out');
  await sees(page, 'This form is out of date');
  await visit('out-of-date', page);
  await page.context().close();
}

async function signInAtWork(page: Page, url: string, who: string): Promise<void> {
  await page.goto(`${url}/admin`);
  await page.getByRole('link', { name: /^Sign in with/ }).click();
  await page.getByRole('link', { name: who }).click();
}
