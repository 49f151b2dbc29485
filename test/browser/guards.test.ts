import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { describeInChromium } from './chromium.ts';
import { goToPkb, logInAtPkb, newPatient, openScene } from './patient.ts';

describeInChromium('a page in a frame of another site', (browser) => {
  it('is not shown there, and is shown by itself', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    const paths = ['/pkb/start', '/pkb', '/pkb/confirm', '/pkb/disconnect', '/pkb/no-record'];
    const frames = paths.map((path) => `<iframe src="${ridgeway.url}${path}"></iframe>`).join('');
    const other = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<h1>You have won</h1>${frames}`);
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    await patient.open(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    await patient.page.waitForLoadState('networkidle');
    assert.equal(patient.page.frames().length, 1 + paths.length);
    for (const frame of patient.page.frames().slice(1)) {
      assert.equal(await frame.locator('h1', { hasText: /record|PKB/ }).count(), 0, frame.url());
    }
    await patient.open('/pkb/start');
    await patient.sees('Connect your PKB record');
  });
});

describeInChromium('script in what PKB sends', (browser) => {
  it('is shown as text on every page that shows it, and does not run', async (t) => {
    const { ridgeway } = await openScene(t, browser());
    const patient = await newPatient(browser(), ridgeway, { javaScriptEnabled: true });
    t.after(() => patient.context.close());
    const ran: string[] = [];
    patient.page.on('dialog', (dialog) => {
      ran.push(dialog.message());
      return dialog.dismiss();
    });
    const script = (field: string) =>
      `"><script>alert("${field}")</script><img src=x onerror=alert("${field}")>`;
    const amara = ridgeway.person('Amara');
    const hostile = () => {
      ridgeway.simulator.next('patient', {
        body: {
          resourceType: 'Patient',
          id: amara.publicId,
          name: [{ family: script('family'), given: [script('given')], prefix: [script('prefix')] }],
          birthDate: script('birth'),
          identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: script('number') }],
        },
      });
      ridgeway.simulator.next('users-self', {
        body: {
          title: script('title'),
          firstName: script('first'),
          lastName: script('last'),
          dob: script('dob'),
          nationalIds: [{ name: script('name'), value: script('value'), countryCodes: ['GB-ENG'] }],
          patient: true,
        },
      });
    };
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, amara);
    hostile();
    await patient.press('Approve');
    await patient.sees('Is this your record?');
    await patient.reads('alert("last")');
    await patient.reads('alert("value")');
    hostile();
    await patient.press('Yes, this is my record');
    await patient.sees('Your record is connected');
    await patient.reads('alert("last")');
    hostile();
    await patient.open('/pkb');
    await patient.sees('Your connection to PKB');
    await patient.reads('alert("last")');
    assert.equal(await patient.page.locator('main script, main img').count(), 0);
    assert.deepEqual(ran, []);
  });
});
