import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { refresh } from '../../src/flow/refresh.ts';
import { api } from '../../src/http/api/api.ts';
import { makeApiKey } from '../../src/outward/make-api-key.ts';
import { patientPages } from '../../src/server.ts';
import { answerAtPkb, linked, personNamed, proposed, type Story, story } from '../flow/story.ts';
import { browser, linkIdIn, location } from './pages-for-test.ts';

const ORIGIN = 'https://app.example';
const OWN_KEY = 'key-of-the-partner-0123456789abcdef';

async function acts({ app }: Story): Promise<readonly string[]> {
  return (await app.store.listAudit({ limit: 99 })).map(({ actor, act, reason }) =>
    [actor, act, ...(reason === undefined ? [] : [reason])].join(' '),
  );
}

async function pagesOf(t: TestContext) {
  const told = await story(t);
  const pages = patientPages(told.app, {
    basePath: '/pkb',
    brand: { appName: 'Ridgeway', organisation: 'Ridgeway Clinic', supportContact: 'Call us.' },
    account: async () => 'account-1',
    signInPath: '/log-in',
    homePath: '/',
  });
  const patient = browser(pages, ORIGIN);
  async function granted(by = patient): Promise<Response> {
    await by.get('/pkb/start');
    const url = new URL(location(await by.post('/pkb/authorize')));
    const parameters = await answerAtPkb(url, personNamed(told.simulator, 'Okafor'));
    const finish = location(await by.get(`/pkb/callback?${parameters}`));
    await by.get(finish);
    return by.get('/pkb/confirm');
  }
  return { ...told, pages, patient, granted };
}

describe('the audit trail names', () => {
  it('the patient for what is done on their pages', async (t) => {
    const told = await pagesOf(t);
    const { patient, granted } = told;
    await patient.post('/pkb/decline', { linkId: linkIdIn(await (await granted()).text()) });
    await patient.post('/pkb/confirm', { linkId: linkIdIn(await (await granted()).text()) });
    await patient.post('/pkb/disconnect');
    assert.deepEqual(await acts(told), [
      ...['patient link.proposed', 'patient link.unlinked not-my-record'],
      ...['patient link.proposed', 'patient link.active', 'patient link.unlinked asked'],
    ]);
  });

  it('each caller of the API by its key, and the key of the settings by what it is', async (t) => {
    const told = await story(t);
    const { id, key } = await makeApiKey(told.app, { name: 'back end', access: 'write' });
    const routes = api(told.app, { apiKey: OWN_KEY });
    async function ask(by: string, method: string, path: string, body?: object): Promise<void> {
      const headers = { authorization: `Bearer ${by}`, 'content-type': 'application/json' };
      const asked = await routes.request(path, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      assert.equal(asked.status, 200);
    }
    const { id: link } = await proposed(told);
    await ask(key, 'POST', '/v1/links/account-1/confirm', { link });
    await ask(OWN_KEY, 'DELETE', '/v1/links/account-1');
    await ask(key, 'DELETE', '/v1/people/account-1');
    assert.deepEqual(await acts(told), [
      ...['app api_key.created', 'app link.proposed', `api-key:${id} link.active`],
      ...['api-key:environment link.unlinked asked', `api-key:${id} person.erased`],
    ]);
  });

  it('the service for what nobody asked for: what PKB ended, and what lapsed', async (t) => {
    const told = await story(t);
    const { app, simulator, advance } = told;
    await linked(told);
    await proposed(told, { appUserId: 'account-2', familyName: 'Whitfield' });
    advance(3601);
    simulator.next('token', {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'API_SESSION_EXPIRED' },
    });
    await assert.rejects(refresh(app, { appUserId: 'account-1' }));
    await app.store.purgeExpired(app.now());
    assert.deepEqual((await acts(told)).slice(-2), [
      'service link.reauthorization_required api-session-expired',
      'service link.unlinked proposal-expired',
    ]);
  });
});
