import assert from 'node:assert/strict';
import { it } from 'node:test';
import { simulatorPassword } from 'pkb-link/simulator';
import { describeInChromium } from './chromium.ts';
import {
  AT_PKB,
  connect,
  fillIn,
  GRANT,
  goToPkb,
  grant,
  logInAtPkb,
  openScene,
  PASSWORD,
  type Patient,
} from './patient.ts';

describeInChromium('the whole story', (browser) => {
  it('leads from no account to a connected record, by the links and buttons of the pages', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.open('/');
    await patient.press('Register');
    await patient.sees('Register');
    await fillIn(patient);
    await patient.press('Register');
    await patient.sees('Hello, Robin');
    await patient.press('Connect your PKB record');
    await patient.sees('Connect your PKB record');
    await patient.reads('You have 60 minutes to do this.');
    await patient.press('Continue to Patients Know Best');
    await patient.sees(AT_PKB);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    await patient.press('Approve');

    await patient.sees('Is this your record?');
    assert.equal(patient.address(), '/pkb/confirm');
    for (const detail of ['Ms Amara Chidinma Okafor', '11 March 1984', '999 592 4226']) {
      await patient.reads(detail);
    }
    await patient.press('Yes, this is my record');
    await patient.sees('Your record is connected');
    await patient.reads('Ms Amara Chidinma Okafor');
    await patient.press('Continue');
    await patient.sees('Hello, Robin');
    await patient.reads('Your PKB record is connected');
    await patient.press('See your connection');
    await patient.sees('Your connection to PKB');
    await patient.reads('Ms Amara Chidinma Okafor');
  });

  it('can be told with Tab and Enter alone', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    const { keyboard } = patient.page;
    const type = async (label: string, text: string) => {
      await patient.tabTo(label);
      await keyboard.type(text);
    };
    const enter = async (label: string) => {
      await patient.tabTo(label);
      await keyboard.press('Enter');
    };
    await patient.open('/');
    await enter('Register');
    await patient.sees('Register');
    await type('First name', 'Robin');
    await type('Email address', 'robin@example.com');
    await type('Password', PASSWORD);
    await enter('Register');
    await patient.sees('Hello, Robin');
    await enter('Connect your PKB record');
    await patient.sees('Connect your PKB record');
    await enter('Skip to main content');
    await enter('Continue to Patients Know Best');
    await patient.sees(AT_PKB);
    await type('E-mail address', ridgeway.person('Amara').email);
    await type('Password', simulatorPassword);
    await keyboard.press('Enter');
    await patient.sees(GRANT);
    await enter('Approve');
    await patient.sees('Is this your record?');
    await enter('Yes, this is my record');
    await patient.sees('Your record is connected');
    await enter('see your connection or disconnect');
    await patient.sees('Your connection to PKB');
    await enter('Disconnect your PKB record');
    await patient.sees('Disconnect your PKB record?');
    await enter('Yes, disconnect');
    await patient.sees('Your PKB record is disconnected');
    await enter('Go to Ridgeway Health');
    await patient.sees('Hello, Robin');
    await enter('Log out');
    await patient.sees('Look after your health, one day at a time');
  });

  it('leaves nothing of the patient, the code or the tokens in an address', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    const amara = ridgeway.person('Amara');
    const addresses: string[] = [];
    const note = async () => addresses.push(...(await patient.history()), ...(await linksOn(patient)));
    await patient.register();
    await note();
    await goToPkb(patient);
    await logInAtPkb(patient, amara);
    await patient.press('Approve');
    await patient.sees('Is this your record?');
    await note();
    await patient.press('Yes, this is my record');
    await patient.sees('Your record is connected');
    await note();
    for (const path of ['/', '/pkb', '/pkb/disconnect']) {
      await patient.open(path);
      await note();
    }

    const [exchange] = ridgeway.simulator.received('token');
    const [purview] = ridgeway.simulator.received('purview');
    const [request] = ridgeway.simulator.received('authorize');
    assert.ok(exchange && typeof exchange.body === 'object' && purview && request);
    const [number] = amara.nationalIds;
    const secrets = {
      code: exchange.body.code,
      accessToken: purview.headers.authorization?.replace(/^Bearer /, ''),
      publicId: amara.publicId,
      givenName: 'Amara',
      familyName: 'Okafor',
      birthDate: amara.birthDate,
      nhsNumber: number?.value,
      email: 'example.com',
    };
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(typeof secret === 'string' && secret.length > 4, name);
      const telling = addresses.filter((address) => address.toLowerCase().includes(secret.toLowerCase()));
      assert.deepEqual(telling, [], name);
    }
    // PKB's own address must carry the state; ours must not.
    const { state } = request.query;
    assert.ok(typeof state === 'string' && state.length >= 43);
    assert.deepEqual(
      addresses.filter((address) => address.startsWith(ridgeway.url) && address.includes(state)),
      [],
    );
  });

  it('can be told again after "disconnect", with the same record or another', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    for (const [givenName, shown] of [
      ['Amara', 'Ms Amara Chidinma Okafor'],
      ['Amara', 'Ms Amara Chidinma Okafor'],
      ['Thomas', 'Mr Thomas Whitfield'],
    ] as const) {
      await connect(patient, ridgeway.person(givenName));
      await patient.reads(shown);
      await patient.open('/pkb');
      await patient.press('Disconnect your PKB record');
      await patient.sees('Disconnect your PKB record?');
      await patient.press('Yes, disconnect');
      await patient.sees('Your PKB record is disconnected');
      await patient.press('Go to Ridgeway Health');
      await patient.sees('Hello, Robin');
      await patient.reads('If you have a record at Patients Know Best, you can let us see it.');
    }
  });
});

describeInChromium('a restart of the service', (browser) => {
  it('while the patient is at PKB loses nothing', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await ridgeway.restart();
    // The simulator went down with it and has forgotten its page.
    await patient.page.reload();
    await logInAtPkb(patient, ridgeway.person('Amara'));
    await patient.press('Approve');
    await patient.sees('Is this your record?');
  });

  it('between PKB and the last step loses nothing', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    const { stopped } = await patient.stopBefore('/pkb/finish');
    await patient.press('Approve');
    const finish = await stopped;
    await ridgeway.restart();
    await patient.open(finish);
    await patient.sees('Is this your record?');
  });

  it('while PKB is away keeps the place', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    ridgeway.simulator.next('purview', { status: 503 });
    await patient.press('Approve');
    await patient.sees('PKB is not answering');
    await ridgeway.restart();
    await patient.press('Try again');
    await patient.sees('Is this your record?');
  });

  it('while the patient reads "is this your record?" loses nothing, and nothing once it is connected', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await grant(patient, ridgeway.person('Amara'));
    await ridgeway.restart();
    await patient.press('Yes, this is my record');
    await patient.sees('Your record is connected');
    await ridgeway.restart();
    await patient.open('/pkb');
    await patient.sees('Your connection to PKB');
    await patient.reads('Ms Amara Chidinma Okafor');
  });
});

/** Where the links and forms of the page lead. */
async function linksOn({ page }: Patient): Promise<readonly string[]> {
  const [links, forms] = [page.locator('a[href]'), page.locator('form[action]')];
  const values = await Promise.all([
    ...(await links.all()).map((link) => link.getAttribute('href')),
    ...(await forms.all()).map((form) => form.getAttribute('action')),
  ]);
  return values.filter((value) => value !== null);
}
