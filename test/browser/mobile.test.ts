import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startHosted } from '../hosted.ts';
import { describeInChromium } from './chromium.ts';
import { connect, openScene } from './patient.ts';

const PATIENCE_MS = 20_000;
const PRIVATE_USE = 'com.example.ridgeway:/linked';
const CLAIMED = 'https://ridgeway-app.example/linked';

/** A phone: the app's screen is the first page, its system browser any other; they share nothing but the browser. */
async function phone(browser: Browser, t: TestContext): Promise<{ context: BrowserContext; screen: Page }> {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true });
  context.setDefaultTimeout(PATIENCE_MS);
  t.after(() => context.close());
  return { context, screen: await context.newPage() };
}

async function press(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: label, exact: true }).click();
}

async function grant(page: Page): Promise<void> {
  await press(page, 'Continue to Patients Know Best');
  await press(page, 'Log in as Ms Amara Chidinma Okafor');
  await press(page, 'Approve');
}

describeInChromium('linking from a mobile app, on hosted pages', (browser) => {
  it('goes out and back by a claimed https address', async (t) => {
    const hosted = await startHosted(t, { example: 'examples/mobile.ts' });
    const { screen } = await phone(browser(), t);
    await screen.goto(hosted.appUrl);
    await press(screen, 'Connect your PKB record');
    await grant(screen);
    await press(screen, 'Yes, this is my record');
    await screen.getByText('Welcome back.').waitFor();
    const { origin, pathname, searchParams } = new URL(screen.url());
    assert.deepEqual([origin + pathname, [...searchParams.keys()]], [`${hosted.appUrl}/linked`, ['session']]);
    assert.equal((await hosted.ask('GET', '/v1/links/ada')).body.state, 'active');
  });

  it('goes out and back by an address of the app’s own scheme', async (t) => {
    const hosted = await startHosted(t, {
      example: 'examples/mobile.ts',
      returnAddresses: [PRIVATE_USE],
    });
    const { context, screen } = await phone(browser(), t);
    await screen.goto(`${hosted.appUrl}/private-use`);

    /** The system browser that opens, does this, and is led to the app: by which address. */
    async function inSystemBrowser(open: () => Promise<unknown>, work: (page: Page) => Promise<void>) {
      const opening = context.waitForEvent('page');
      await open();
      const page = await opening;
      const { address: led } = await watchForApp(page);
      await work(page);
      const address = await led;
      await page.close();
      return address;
    }

    const first = await inSystemBrowser(() => press(screen, 'Connect your PKB record'), grant);
    assert.match(
      first,
      /^com\.example\.ridgeway:\/linked\?session=[0-9a-f-]{36}&completion=[A-Za-z0-9_-]{43}$/,
    );
    const second = await inSystemBrowser(
      () => screen.evaluate(`opened(${JSON.stringify(first)})`),
      (page) => press(page, 'Yes, this is my record'),
    );
    assert.match(second, /^com\.example\.ridgeway:\/linked\?session=[0-9a-f-]{36}$/);
    await screen.evaluate(`opened(${JSON.stringify(second)})`);
    await screen.getByText('Welcome back.').waitFor();
    assert.equal((await hosted.ask('GET', '/v1/links/ada')).body.state, 'active');
  });
});

describeInChromium('linking from a mobile app, on pages of its own web app', (browser) => {
  for (const [what, address] of [
    ['a claimed https address', CLAIMED],
    ['an address of the app’s own scheme', PRIVATE_USE],
  ] as const) {
    it(`goes out to the web app and back by ${what}, once the record is connected`, async (t) => {
      const env = { PKB_LINK_RETURN_ADDRESSES: address };
      const { ridgeway, patient } = await openScene(t, browser(), { env });
      await patient.register();
      await patient.open('/pkb');
      await patient.sees('Connect your PKB record');
      await connect(patient, ridgeway.person('Amara'));
      const { address: led } = await watchForApp(patient.page);
      await patient.press('Continue');
      assert.equal(await led, address, 'nothing of the patient or the link is in it');
      await patient.open('/');
      await patient.reads('Your PKB record is connected');
    });
  }
});

/** No app is there to be opened, and the browser stays where it is: what it would have opened is in its own words. */
async function watchForApp(page: Page): Promise<{ readonly address: Promise<string> }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const led = Promise.withResolvers<string>();
  session.on('Network.requestWillBeSent', ({ request }) => {
    if ([PRIVATE_USE, CLAIMED].some((app) => request.url.startsWith(app))) led.resolve(request.url);
  });
  return { address: led.promise };
}
