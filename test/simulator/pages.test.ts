/** Every page of the simulator and of its control server, walked as a person does, and judged by axe. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, it } from 'node:test';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import type { Simulator } from '../../src/simulator.ts';
import { describeInChromium } from '../browser/chromium.ts';
import { amara, authorizationUrl, personCalled, simulatorForTest, tokensFor } from './browser-for-test.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** 1,280 px at a zoom of 400 % (WCAG 2.2, 1.4.10 Reflow). */
const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1280, height: 800 };
/** A folder for pictures of the pages, for somebody to look at. */
const pictures = process.env.PICTURES;

async function violations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
  const options = JSON.stringify({ runOnly: { type: 'tag', values: RULES }, resultTypes: ['violations'] });
  const result = (await page.evaluate(`axe.run(document, ${options})`)) as Pick<axe.AxeResults, 'violations'>;
  return result.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describeInChromium('the pages of the simulator', (browser) => {
  let simulator: Simulator & AsyncDisposable;
  let page: Page;

  before(async () => {
    simulator = await simulatorForTest({ control: {}, patients: 500 });
    page = await browser().newPage({ viewport: WIDE });
    if (pictures) mkdirSync(pictures, { recursive: true });
  });
  after(async () => {
    await page?.close();
    await simulator?.[Symbol.asyncDispose]();
  });

  /** What this page looks like, to a machine: no violation, nothing hidden to the right. */
  async function look(name: string): Promise<void> {
    for (const size of [NARROW, WIDE]) {
      await page.setViewportSize(size);
      assert.deepEqual(await violations(page), [], `${name} at ${size.width} px`);
      const hidden = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(hidden, 0, `${name} scrolls sideways at ${size.width} px`);
    }
    if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
  }

  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

  it('start with what the simulator is', async () => {
    await page.goto(simulator.url);
    await look('start');
  });

  it('lead through log-in, another log-in and the grant', async () => {
    Object.assign(simulator.toggles, { loginHop: 'on', webSession: 'remembered' });
    await page.goto(authorizationUrl(simulator));
    await look('log-in');
    await page.getByLabel('E-mail address').fill('amara.okafor@example.com');
    await page.getByLabel('Password').fill('wrong');
    await press('Log in');
    await look('log-in-failed');
    await page.getByLabel('Password').fill('Simulator-2026');
    await press('Log in');
    await look('log-in-hop');
    await press('Continue');
    await look('grant');
    await press('Log in as somebody else');
    assert.match(await page.title(), /^Log in/);
    simulator.toggles.denyMode = 'no-return';
    await press('Log in as Mr Thomas Whitfield');
    await press('Continue');
    await press('Deny');
    await look('denied');
    Object.assign(simulator.toggles, { loginHop: 'off', webSession: 'off', denyMode: 'redirect' });
    await page.goto(authorizationUrl(simulator, { client_id: 'nobody' }));
    await look('bad-link');
  });

  it('register somebody, by each way, and confirm an address', async () => {
    await page.goto(`${simulator.url}/register`);
    await look('register');
    await page.getByRole('link', { name: 'With a national log-in' }).click();
    await look('register-national');
    await press('Register');
    await look('register-national-failed');
    await page.goto(`${simulator.url}/register`);
    await page.getByRole('link', { name: 'With your team' }).click();
    await look('register-team');
    await page.getByLabel('First name').fill('Sam');
    await page.getByLabel('Last name').fill('Carver');
    await page.getByLabel('Sex assigned at birth').selectOption('Male');
    await page.getByLabel('Date of birth').fill('1990-05-01');
    await page.getByLabel('E-mail address').fill('sam@example.com');
    await page.getByLabel('New password').fill('Sunflower-26');
    await page.getByLabel('The name of your first school').fill('Hilltop');
    await page.getByLabel('I accept').check();
    await press('Register');
    await look('check-your-mail');
    await page.getByRole('link', { name: 'inbox' }).click();
    await look('inbox');
    await page.getByRole('link', { name: 'Confirm your e-mail address' }).click();
    await look('confirmed');
    await page.goto(`${simulator.url}/join?t1=A&t2=B&e=a%40example.com`);
    await look('join');
  });

  it('control grants and people with one click', async () => {
    await tokensFor(simulator);
    await page.goto(simulator.controlUrl ?? '');
    await look('control');
    const before = simulator.clock.now();
    await press('Advance a minute');
    assert.ok(simulator.clock.now() - before >= 60_000);

    await page.getByRole('link', { name: 'People', exact: true }).click();
    await look('control-people');
    await page.getByRole('link', { name: 'The next 50' }).click();
    assert.match((await page.locator('main').textContent()) ?? '', /51 to 100 of 5\d\d/);
    await page.goto(`${simulator.controlUrl}/people`);
    await page.getByLabel('Public id, user id').fill('9995924226');
    await press('Find');
    await page.getByRole('link', { name: 'Ms Amara Chidinma Okafor' }).click();
    await look('control-person');
    await press('Freeze');
    assert.equal(personCalled(simulator, 'Okafor').status, 'frozen');
    await press('Make active');
    await page
      .getByRole('link', { name: /^[0-9a-f]{8}$/ })
      .first()
      .click();
    await look('control-session');
    await page.getByRole('link', { name: 'API sessions', exact: true }).click();
    await look('control-sessions');
    await press('End this session');
    assert.equal(simulator.sessions().at(-1)?.ended, 'invalid');
    await page.goto(`${simulator.controlUrl}/people/${amara(simulator)}`);
    const to = 'a7b44550-c19d-4757-83a2-9163ad7998a0';
    await page.getByLabel('New public id').fill(to);
    await press('Change the public id');
    assert.equal(personCalled(simulator, 'Okafor').publicId, to);
    await page.goto(`${simulator.controlUrl}/people/${to}`);
    await page.getByLabel('Public id of the record to merge into').fill('nobody');
    await press('Merge');
    await look('control-error');
    await page.goto(`${simulator.controlUrl}/people/${personCalled(simulator, 'Marlowe').publicId}`);
    await look('control-person-invited');
  });

  it('control behaviour: toggles, profiles and the next answers', async () => {
    await page.goto(`${simulator.controlUrl}/toggles`);
    await look('control-toggles');
    await page.getByLabel('pkce', { exact: true }).selectOption('required');
    await page.getByLabel('rateLimit', { exact: true }).fill('700');
    await press('Change');
    assert.deepEqual([simulator.toggles.pkce, simulator.toggles.rateLimit], ['required', 700]);
    await page.getByRole('link', { name: 'Simulator', exact: true }).click();
    await press('Behave as documented');
    assert.equal(simulator.toggles.pkce, 'ignored');

    await page.getByRole('link', { name: 'Next answers' }).click();
    await page.getByLabel('Endpoint').selectOption('token');
    await page.getByLabel('Answer').selectOption('busy: 503 with Retry-After');
    await page.getByLabel('How many times').fill('always');
    await press('Answer like this');
    await look('control-answers');
    const refused = await fetch(`${simulator.url}/apiToken.action`, { method: 'POST' });
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '30']);
    await press('Forget those of token');
    await page.getByRole('link', { name: 'Requests' }).click();
    await page.getByText('Parameters and headers').first().click();
    await look('control-requests');
    await press('Forget them');
    assert.equal(simulator.received().length, 0);
  });
});
