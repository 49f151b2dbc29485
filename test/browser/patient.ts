/** What a patient does with a browser, and the steps of the story in those words. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Person, simulatorPassword } from 'pkb-link/simulator';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Route } from 'playwright-core';
import { type Cookies, openRidgeway, type Ridgeway, type RidgewayOptions } from './ridgeway.ts';

/** The app that the patient comes from. */
export interface PartnerSite {
  readonly url: string;
  register(account: { givenName: string; email: string; password: string }): Promise<Cookies>;
}

export interface Patient {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Has an account and is logged in, without the pages for that: most tests are not about them. */
  register(givenName?: string): Promise<void>;
  /** A path of the partner's app, or a whole address. */
  open(address: string): Promise<void>;
  type(label: string, text: string): Promise<void>;
  /** Selects the radio button with this label. */
  choose(label: string): Promise<void>;
  /** Clicks the button or link that says so. */
  press(label: string): Promise<void>;
  /** A double click. */
  pressTwice(label: string): Promise<void>;
  /**
   * Clicks, and clicks again before the first click's answer is there: when `until` has come, or else as soon as the
   * server has done what the first click asked for.
   */
  pressAgainBeforeTheAnswer(label: string, until?: Promise<unknown>): Promise<void>;
  /** Presses Tab until the button, link or field that says so has the focus. */
  tabTo(label: string): Promise<void>;
  /** Waits for the page with this heading. */
  sees(heading: string): Promise<void>;
  /** Waits for this text on the page in front of them. */
  reads(text: string | RegExp): Promise<void>;
  /** Path and query in the address bar. */
  address(): string;
  /** Everything that the Back and Forward buttons could lead to. */
  history(): Promise<readonly string[]>;
  /** To the latest address with this in it, by the list that a long press on Back shows. */
  backTo(part: string): Promise<void>;
  /** The browser stops before it sends the next request for this path. Resolves with its address when it has. */
  stopBefore(path: string): Promise<{ readonly stopped: Promise<string> }>;
  /** The same browser, another tab. */
  newTab(): Promise<Patient>;
}

/** Nothing takes that long on this machine: a page that is not there by then does not come. */
const PATIENCE_MS = 20_000;

/** More than any page has before its last control, but for the simulator's list of people. */
const MOST_TABS = 30;

/** Somebody with a browser of their own: no cookies but theirs. Without script, unless asked for. */
export async function newPatient(
  browser: Browser,
  site: PartnerSite,
  options: BrowserContextOptions = {},
): Promise<Patient> {
  const context = await browser.newContext({ javaScriptEnabled: false, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  return patientAt(await context.newPage(), site);
}

function patientAt(page: Page, site: PartnerSite): Patient {
  const control = (name: string) =>
    page.getByRole('button', { name, exact: true }).or(page.getByRole('link', { name, exact: true }));
  return {
    page,
    context: page.context(),
    async register(givenName = 'Robin') {
      const account = { givenName, email: emailOf(givenName), password: PASSWORD };
      const cookies = await site.register(account);
      await page.context().addCookies(cookies.map((cookie) => ({ ...cookie, url: site.url })));
    },
    async open(address) {
      await page.goto(new URL(address, site.url).href);
    },
    async type(label, text) {
      await page.getByLabel(label, { exact: true }).fill(text);
    },
    async choose(label) {
      await page.getByLabel(label, { exact: true }).check();
    },
    async press(label) {
      await control(label).click();
    },
    async pressTwice(label) {
      await control(label).dblclick();
    },
    async pressAgainBeforeTheAnswer(label, until = doneUnanswered(page)) {
      await control(label).scrollIntoViewIfNeeded();
      const button = await control(label).boundingBox();
      assert.ok(button, `"${label}" cannot be seen`);
      const click = () => page.mouse.click(button.x + button.width / 2, button.y + button.height / 2);
      await click();
      await until;
      await click();
    },
    async tabTo(label) {
      const focused = control(label)
        .or(page.getByLabel(label, { exact: true }))
        .and(page.locator(':focus'));
      for (let presses = 0; presses < MOST_TABS; presses += 1) {
        await page.keyboard.press('Tab');
        if ((await focused.count()) > 0) return;
      }
      assert.fail(`${MOST_TABS} times Tab do not lead to "${label}" at ${page.url()}`);
    },
    async sees(heading) {
      try {
        await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
      } catch (cause) {
        const shown = (await page.locator('body').textContent())?.replaceAll(/\s+/g, ' ').slice(0, 400);
        assert.fail(`waited for "${heading}" and saw "${shown}" at ${page.url()}: ${cause}`);
      }
    },
    async reads(text) {
      await page.getByText(text).first().waitFor();
    },
    address() {
      const { pathname, search } = new URL(page.url());
      return pathname + search;
    },
    async history() {
      const session = await page.context().newCDPSession(page);
      const { entries } = await session.send('Page.getNavigationHistory');
      await session.detach();
      return entries.map(({ url }) => url);
    },
    async backTo(part) {
      const session = await page.context().newCDPSession(page);
      const { entries } = await session.send('Page.getNavigationHistory');
      const entry = entries.findLast(({ url }) => url.includes(part));
      assert.ok(entry, `nothing in the history has "${part}" in its address`);
      await session.send('Page.navigateToHistoryEntry', { entryId: entry.id });
      await session.detach();
    },
    // Not page.route: that does not see where a redirect leads.
    async stopBefore(path) {
      const session = await page.context().newCDPSession(page);
      const paused = Promise.withResolvers<{ requestId: string; request: { url: string } }>();
      session.once('Fetch.requestPaused', paused.resolve);
      await session.send('Fetch.enable', { patterns: [{ urlPattern: `*://*${path}*` }] });
      async function stop(): Promise<string> {
        const { requestId, request } = await paused.promise;
        const body = Buffer.from('<h1>Stopped</h1>').toString('base64');
        await session.send('Fetch.fulfillRequest', { requestId, responseCode: 200, body });
        await page.getByRole('heading', { name: 'Stopped' }).waitFor();
        await session.detach();
        return request.url;
      }
      return { stopped: stop() };
    },
    async newTab() {
      return patientAt(await page.context().newPage(), site);
    },
  };
}

/** Lets the next request through to the server and keeps its answer from the page. Resolves when the answer is there. */
function doneUnanswered(page: Page): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  async function keep(route: Route): Promise<void> {
    const status = (await route.fetch({ maxRedirects: 0 })).status();
    if (status < 400) resolve();
    else reject(new Error(`the first click was answered ${status}`));
  }
  page.route('**', (route) => keep(route).catch(reject), { times: 1 }).catch(reject);
  return promise;
}

export interface Scene {
  readonly ridgeway: Ridgeway;
  readonly patient: Patient;
  /** Somebody else, with a browser of their own. */
  another(): Promise<Patient>;
}

/** Ridgeway Health and a patient, both gone when the test is over. */
export async function openScene(
  t: TestContext,
  browser: Browser,
  options: RidgewayOptions = {},
): Promise<Scene> {
  const ridgeway = await openRidgeway(options);
  const patients: Patient[] = [];
  t.after(async () => {
    for (const { context } of patients) await context.close();
    await ridgeway.close();
  });
  async function another(): Promise<Patient> {
    const patient = await newPatient(browser, ridgeway);
    patients.push(patient);
    return patient;
  }
  return { ridgeway, patient: await another(), another };
}

export const PASSWORD = 'three words here';

export const AT_PKB = 'Log in to continue to Ridgeway Health';
export const GRANT = 'Allow Ridgeway Health to use your record?';

/** On the page to register at Ridgeway Health. */
export async function fillIn(patient: Patient, givenName = 'Robin'): Promise<void> {
  await patient.type('First name', givenName);
  await patient.type('Email address', emailOf(givenName));
  await patient.type('Password', PASSWORD);
}

/** On the log-in page of Ridgeway Health. */
export async function logIn(patient: Patient, givenName = 'Robin'): Promise<void> {
  await patient.type('Email address', emailOf(givenName));
  await patient.type('Password', PASSWORD);
  await patient.press('Log in');
}

/** Also where there is a connection already, which the start page would point out first. */
export async function goToPkb(patient: Patient): Promise<void> {
  await patient.open('/pkb/start?anyway=yes');
  await patient.press('Continue to Patients Know Best');
  await patient.sees(AT_PKB);
}

export async function logInAtPkb(patient: Patient, person: Person): Promise<void> {
  await patient.type('E-mail address', person.email);
  await patient.type('Password', simulatorPassword);
  await patient.press('Log in');
  await patient.sees(GRANT);
}

/** From Ridgeway Health to PKB and back, to the question whose record it is. */
export async function grant(patient: Patient, person: Person): Promise<void> {
  await goToPkb(patient);
  await logInAtPkb(patient, person);
  await patient.press('Approve');
  await patient.sees('Is this your record?');
}

export async function connect(patient: Patient, person: Person): Promise<void> {
  await grant(patient, person);
  await patient.press('Yes, this is my record');
  await patient.sees('Your record is connected');
}

function emailOf(givenName: string): string {
  return `${givenName.toLowerCase()}@example.com`;
}
