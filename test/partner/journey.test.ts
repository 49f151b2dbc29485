import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulatorPassword } from 'pkb-link/simulator';
import { type Browser, openBrowser } from '../../apps/partner/browser.ts';
import type { PartnerApp } from '../../apps/partner/partner-app.ts';
import { partnerForTest } from './partner-for-test.ts';

const AMARA = { givenName: 'Amara', email: 'amara@example.com', password: 'three words here' };

const AT_PKB = { email: 'amara.okafor@example.com', password: simulatorPassword };

/** Registers and grants: the page it ends on asks whether this is the patient's record. */
async function grant(browser: Browser, { url }: PartnerApp) {
  await browser.press(await browser.open(`${url}/register`), 'Register', AMARA);
  const start = await browser.open(`${url}/pkb`);
  const logIn = await browser.press(start, 'Continue to Patients Know Best');
  return browser.press(await browser.press(logIn, 'Log in', AT_PKB), 'Approve');
}

describe('home', () => {
  it('follows the link from "Connect" to "connected" to "Connect again"', async (t) => {
    const partner = await partnerForTest();
    t.after(() => partner.close());
    const { simulator } = partner;
    const [amara] = simulator?.people ?? [];
    assert.ok(simulator && amara);
    const browser = openBrowser();

    const connected = await browser.press(await grant(browser, partner), 'Yes, this is my record');
    assert.match(connected.html, /Your record is connected/);
    assert.match((await browser.open(partner.url)).html, /Your PKB record is connected/);

    simulator.admin.endSession({ publicId: amara.publicId }, 'invalid');
    await browser.open(`${partner.url}/pkb`);
    assert.match((await browser.open(partner.url)).html, />Connect again<\/a>/);
  });

  it('asks to check the record while nobody has said whose it is', async (t) => {
    const partner = await partnerForTest();
    t.after(() => partner.close());
    const browser = openBrowser();
    await grant(browser, partner);
    assert.match((await browser.open(partner.url)).html, />Check your record<\/a>/);
  });
});
