import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Hosted, startHosted } from '../hosted.ts';
import { describeInChromium } from './chromium.ts';

const PATIENCE_MS = 20_000;
const AMARA = 'Log in as Ms Amara Chidinma Okafor';

/** Somebody with a browser of their own, signed in to the partner's app. Pages work without script. */
async function person(browser: Browser, t: TestContext, hosted: Hosted, account?: string): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  context.setDefaultTimeout(PATIENCE_MS);
  t.after(() => context.close());
  const page = await context.newPage();
  if (account !== undefined) await page.goto(`${hosted.appUrl}/log-in?as=${account}`);
  return page;
}

async function press(page: Page, label: string): Promise<void> {
  const named = { name: label, exact: true };
  await page.getByRole('button', named).or(page.getByRole('link', named)).click();
}

async function sees(page: Page, heading: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
}

/** From our start page to PKB's Approve. */
async function grant(page: Page): Promise<void> {
  await sees(page, 'Connect your PKB record');
  await press(page, 'Continue to Patients Know Best');
  await press(page, AMARA);
  await press(page, 'Approve');
}

function text(page: Page): Promise<string> {
  return page.locator('body').textContent().then(String);
}

async function home(page: Page, hosted: Hosted): Promise<string> {
  await page.goto(`${hosted.appUrl}/`);
  return text(page);
}

/** The browser goes no further than to the address that PKB's answer leads it back to. */
async function stopAtReturn(page: Page, hosted: Hosted): Promise<Promise<string>> {
  const session = await page.context().newCDPSession(page);
  const stopped = Promise.withResolvers<string>();
  session.on('Fetch.requestPaused', async ({ requestId, request }) => {
    const body = Buffer.from('<h1>Stopped</h1>').toString('base64');
    await session.send('Fetch.fulfillRequest', { requestId, responseCode: 200, body });
    stopped.resolve(request.url);
  });
  await session.send('Fetch.enable', { patterns: [{ urlPattern: `${hosted.appUrl}/linked*` }] });
  return stopped.promise;
}

const tokenRequests = ({ simulator }: Hosted) => simulator.received('token').length;

async function notConnected(hosted: Hosted, ...accounts: string[]): Promise<void> {
  for (const account of accounts) {
    assert.equal((await hosted.ask('GET', `/v1/links/${account}`)).status, 404, account);
  }
}

describeInChromium('linking on hosted pages', (browser) => {
  it('takes a patient from the partner’s app to PKB and back, connected, and later out of it again', async (t) => {
    const hosted = await startHosted(t, { example: 'examples/hosted.ts' });
    const ada = await person(browser(), t, hosted, 'ada');
    assert.match(await home(ada, hosted), /not connected/);
    await ada.goto(`${hosted.appUrl}/connect`);
    await grant(ada);
    await sees(ada, 'Is this your record?');
    await ada.getByText('Amara Chidinma Okafor').first().waitFor();
    assert.doesNotMatch(ada.url(), /completion|session/);
    await press(ada, 'Yes, this is my record');
    await ada.waitForURL(`${hosted.appUrl}/`);
    assert.match(await text(ada), /Hello ada. Your PKB record: active/);

    await ada.goto(`${hosted.appUrl}/connection`);
    await sees(ada, 'Your connection to PKB');
    await press(ada, 'Disconnect your PKB record');
    await press(ada, 'Yes, disconnect');
    await sees(ada, 'Your PKB record is disconnected');
    await press(ada, 'Go to Ridgeway');
    await ada.waitForURL(`${hosted.appUrl}/`);
    assert.match(await text(ada), /not connected/);
  });

  it('does a forwarded address no harm: whoever is signed in is not who began', async (t) => {
    const hosted = await startHosted(t, { example: 'examples/hosted.ts' });
    const made = { app_user_id: 'mallory', return_url: `${hosted.appUrl}/linked` };
    const { body } = await hosted.ask('POST', '/v1/link-sessions', made);
    const ada = await person(browser(), t, hosted, 'ada');
    await ada.goto(String(body.url));
    await grant(ada);
    await sees(ada, 'You are logged in with a different account');
    assert.equal(tokenRequests(hosted), 0);
    await notConnected(hosted, 'ada', 'mallory');
    const { body: session } = await hosted.ask('GET', `/v1/link-sessions/${body.id}`);
    assert.deepEqual([session.state, session.failure], ['refused', 'different-account']);
  });

  it('waits where nobody is signed in when the patient comes back, and goes on for who began', async (t) => {
    const hosted = await startHosted(t, { example: 'examples/hosted.ts' });
    const ada = await person(browser(), t, hosted, 'ada');
    await ada.goto(`${hosted.appUrl}/connect`);
    await ada.context().clearCookies({ name: 'account' });
    await grant(ada);
    await ada.getByText('Log in first').waitFor();
    const told = await text(ada);
    assert.equal(tokenRequests(hosted), 0);
    const then = /then=(\S+)/.exec(told)?.[1] ?? '';
    await ada.goto(`${hosted.appUrl}/log-in?as=ada&then=${then}`);
    await sees(ada, 'Is this your record?');
  });

  it('takes a stolen completion from nobody: another account is refused, and the code is gone', async (t) => {
    const hosted = await startHosted(t, { example: 'examples/hosted.ts' });
    const ada = await person(browser(), t, hosted, 'ada');
    const stopped = stopAtReturn(ada, hosted);
    await ada.goto(`${hosted.appUrl}/connect`);
    await grant(ada);
    const address = await stopped;
    assert.match(address, /\/linked\?session=[0-9a-f-]{36}&completion=[A-Za-z0-9_-]{43}$/);

    const mallory = await person(browser(), t, hosted, 'mallory');
    await mallory.goto(address);
    await sees(mallory, 'You are logged in with a different account');
    assert.equal(tokenRequests(hosted), 0);
    await notConnected(hosted, 'ada', 'mallory');
  });

  it('answers a replayed completion as before, and shows nothing to a browser that was not there', async (t) => {
    const hosted = await startHosted(t, { example: 'examples/hosted.ts' });
    const ada = await person(browser(), t, hosted, 'ada');
    const stopped = stopAtReturn(ada, hosted);
    await ada.goto(`${hosted.appUrl}/connect`);
    await grant(ada);
    const address = await stopped;
    // Ada again, on another device: her account is right, her browser has never been at PKB.
    const elsewhere = await person(browser(), t, hosted, 'ada');
    for (const round of [1, 2]) {
      await elsewhere.goto(address);
      await sees(elsewhere, 'You came back in a different browser');
      assert.equal(tokenRequests(hosted), 1, `round ${round}`);
    }
    assert.doesNotMatch(await elsewhere.content(), /Okafor/);
    const { body } = await hosted.ask('GET', '/v1/links/ada');
    assert.equal(body.state, 'proposed', 'which nobody has confirmed');
  });

  it('goes back to no address that is not registered', async (t) => {
    const hosted = await startHosted(t);
    for (const return_url of ['https://evil.example/', `${hosted.appUrl}/linked/../evil`, '//evil.example']) {
      const made = { app_user_id: 'ada', return_url };
      const { status, body } = await hosted.ask('POST', '/v1/link-sessions', made);
      assert.deepEqual([status, body.code, body.url], [400, 'return-to-not-allowed', undefined]);
    }
  });
});
