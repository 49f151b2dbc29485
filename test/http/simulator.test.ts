import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type App, createApp } from '../../src/app.ts';
import { patientPages } from '../../src/http/pages/patient-pages.ts';
import { type Simulator, startSimulator } from '../../src/simulator.ts';
import { browser, linkIdIn, location, start } from './pages-for-test.ts';

const ORIGIN = 'http://localhost:8080';

describe('the patient pages and the simulator', () => {
  let simulator: Simulator;
  let app: App;
  before(async () => {
    const client = { clientId: 'ridgeway', owner: 'Ridgeway Clinic', product: 'Ridgeway' };
    simulator = await startSimulator({ clients: [{ ...client, redirectUris: [`${ORIGIN}/pkb/callback`] }] });
    app = await createApp({
      environment: 'simulator',
      simulatorUrl: simulator.url,
      clientId: client.clientId,
      redirectUri: `${ORIGIN}/pkb/callback`,
      databaseUrl: ':memory:',
      encryptionKeys: `k1:${randomBytes(32).toString('base64')}`,
      returnAddresses: ['/'],
    });
  });
  after(async () => {
    await app.close();
    await simulator.close();
  });

  function pagesFor(appUserId: string) {
    return patientPages(app, {
      basePath: '/pkb',
      brand: { appName: 'Ridgeway', organisation: 'Ridgeway Clinic', supportContact: 'Call 01632 960 001.' },
      account: async () => appUserId,
      signInPath: '/log-in',
      homePath: '/',
    });
  }

  /** What the patient does at PKB: logs in by one click and answers. Returns where PKB sends the browser. */
  async function answerAtPkb(authorizationUrl: string, person: string, answer: 'approve' | 'deny') {
    const interactionIn = async (page: Response) =>
      /name="interaction" value="([^"]+)"/.exec(await page.text())?.[1] ?? '(no interaction)';
    const send = (fields: Record<string, string>) =>
      fetch(`${simulator.url}/apiAuthorize.action`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        redirect: 'manual',
      });
    const logIn = await interactionIn(await fetch(authorizationUrl));
    const grant = await interactionIn(await send({ interaction: logIn, person }));
    const back = new URL(location(await send({ interaction: grant, answer })));
    return back.pathname + back.search;
  }

  it('connect the record of who approved, and show it', async () => {
    const person = simulator.people.find(({ kind, status }) => kind === 'patient' && status === 'active');
    assert.ok(person);
    const patient = browser(pagesFor('account-1'), ORIGIN);
    const toPkb = location(await start(patient));
    const callback = await answerAtPkb(toPkb, person.publicId, 'approve');
    assert.equal(location(await patient.get(location(await patient.get(callback)))), '/pkb/confirm');
    const confirm = await (await patient.get('/pkb/confirm')).text();
    assert.ok(confirm.includes(person.familyName));
    assert.equal(
      location(await patient.post('/pkb/confirm', { linkId: linkIdIn(confirm) })),
      '/pkb/connected',
    );
    assert.equal((await app.store.findLink('account-1'))?.publicId, person.publicId);
    assert.ok((await (await patient.get('/pkb')).text()).includes(person.familyName));
  });

  it('refuse the same record for another account, and say who helps', async () => {
    const link = await app.store.findLink('account-1');
    assert.ok(link);
    const patient = browser(pagesFor('account-2'), ORIGIN);
    const callback = await answerAtPkb(location(await start(patient)), link.publicId, 'approve');
    const refused = await patient.get(location(await patient.get(callback)));
    assert.equal(refused.status, 409);
    assert.match(await refused.text(), /This record is connected already[\s\S]*Call 01632 960 001\./);
    assert.equal(await app.store.findLink('account-2'), undefined);
  });

  it('say that nothing is connected where the patient denied', async () => {
    const [person] = simulator.people;
    assert.ok(person);
    const patient = browser(pagesFor('account-3'), ORIGIN);
    const callback = await answerAtPkb(location(await start(patient)), person.publicId, 'deny');
    assert.match(location(await patient.get(callback)), /^\/pkb\/problem\/access-denied\?reference=/);
  });

  it('pause while access is frozen, keep the connection and do not say why', async () => {
    const patient = browser(pagesFor('account-1'), ORIGIN);
    const link = await app.store.findLink('account-1');
    assert.ok(link);
    simulator.toggles.restErrorStyle = 'json';
    simulator.admin.freeze(link.publicId, true);
    const paused = await (await patient.get('/pkb')).text();
    assert.match(paused, /is paused[\s\S]*We have kept your connection/);
    assert.doesNotMatch(paused, /froz/i);
    simulator.admin.freeze(link.publicId, false);
    assert.match(await (await patient.get('/pkb')).text(), /Your PKB record is connected to Ridgeway/);
  });

  it('ask to connect again once PKB has ended the API session', async () => {
    const patient = browser(pagesFor('account-1'), ORIGIN);
    const link = await app.store.findLink('account-1');
    assert.ok(link);
    simulator.admin.endSession(link, 'expired');
    const page = await (await patient.get('/pkb')).text();
    assert.match(page, /Connect your PKB record again[\s\S]*href="\/pkb\/start">Connect again/);
  });
});
