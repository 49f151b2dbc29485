import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ApiProblem, createClient } from '../../src/client.ts';
import { api } from '../../src/http/api/api.ts';
import { OPENAPI } from '../../src/http/api/openapi.ts';
import { addLink } from '../cli/command-line.ts';
import { linked, proposed, story } from '../flow/story.ts';

const API_KEY = 'key-of-the-partner-0123456789abcdef';
const RETURN_URL = 'https://app.example/linked';

async function called(t: TestContext) {
  const told = await story(t, { app: { returnAddresses: ['/home', RETURN_URL] } });
  const routes = api(told.app, { apiKey: API_KEY, pagesUrl: 'https://link.example/pkb' });
  const options = {
    url: 'http://pkb-link.example/',
    fetch: async (input: Parameters<typeof fetch>[0], init?: RequestInit) =>
      routes.fetch(new Request(input, init)),
  };
  return { ...told, options, client: createClient({ ...options, apiKey: API_KEY }) };
}

const problem = (status: number, code?: string) => (thrown: unknown) => {
  assert.ok(thrown instanceof ApiProblem, String(thrown));
  assert.deepEqual([thrown.status, thrown.code], [status, code]);
  return true;
};

async function all<One>(those: AsyncIterable<One>): Promise<readonly One[]> {
  const found: One[] = [];
  for await (const one of those) found.push(one);
  return found;
}

describe('the client', () => {
  it('has every operation of the document about links, sessions and events', async (t) => {
    const { client } = await called(t);
    const operations = Object.entries(OPENAPI.paths)
      .filter(([path]) => path.startsWith('/v1') && !path.endsWith('{path}'))
      .flatMap(([, methods]) => Object.values(methods).map(({ operationId }) => operationId));
    assert.deepEqual([...operations, 'fhir', 'rest'].sort(), Object.keys(client).sort());
  });

  it('makes a link session once, however often it is asked with one key', async (t) => {
    const { client } = await called(t);
    const asked = { app_user_id: 'account-1', return_url: RETURN_URL };
    const made = await client.makeLinkSession(asked, { idempotencyKey: 'visit-1' });
    assert.deepEqual(await client.makeLinkSession(asked, { idempotencyKey: 'visit-1' }), made);
    assert.notEqual((await client.makeLinkSession(asked)).id, made.id);
    assert.equal((await client.getLinkSession(made.id)).state, 'made');
    const completion = { app_user_id: 'account-1', completion: 'guessed' };
    await assert.rejects(client.completeLinkSession(made.id, completion), ApiProblem);
  });

  it('goes with a link from the proposal to its end', async (t) => {
    const told = await called(t);
    const { client } = told;
    const { id } = await proposed(told);
    assert.equal((await client.getLink('account-1')).next_action, 'confirm');
    assert.equal((await client.confirmLink('account-1', id)).state, 'active');
    assert.equal((await client.getAccessToken('account-1')).token_type, 'Bearer');
    assert.equal((await client.getDemographics('account-1')).family_name, 'Okafor');
    assert.equal((await client.unlink('account-1')).state, 'unlinked');
    const events = await all(client.listEvents());
    assert.deepEqual(
      events.map(({ type }) => type),
      ['link.proposed', 'link.active', 'link.unlinked'],
    );
    assert.deepEqual(await all(client.listEvents({ after: events[1]?.id ?? '' })), events.slice(2));
    const { expunged, ...erased } = await client.erasePerson('account-1');
    assert.deepEqual(erased, { links: 1, events: 3, authorizations: 1, link_sessions: 0, spooled: 0 });
    await assert.rejects(client.getLink('account-1'), ApiProblem);
    assert.deepEqual(await all(client.listEvents({ after: events[1]?.id ?? '' })), []);
  });

  it('walks all pages of links', async (t) => {
    const { app, client } = await called(t);
    for (let n = 0; n < 203; n += 1) await addLink(app.store, `account ${n}/é`);
    assert.equal((await all(client.listLinks({ state: 'active' }))).length, 203);
    assert.equal((await client.getLink('account 7/é')).app_user_id, 'account 7/é');
  });

  it("gives PKB's own answer whatever its status, and throws ours", async (t) => {
    const told = await called(t);
    const { client, options } = told;
    const { publicId } = await linked(told);
    const patient = await client.fhir('account-1', `Patient/${publicId}`);
    assert.equal(((await patient.json()) as { resourceType: string }).resourceType, 'Patient');
    assert.equal((await client.fhir('account-1', 'Patient/none')).status, 403);
    assert.equal((await client.rest('account-1', 'users/self')).status, 200);
    await assert.rejects(client.fhir('nobody', 'Patient'), problem(404, 'unknown-link'));
    await assert.rejects(client.getLink('nobody'), problem(404, 'unknown-link'));
    await assert.rejects(createClient({ ...options, apiKey: 'wrong' }).getLink('account-1'), problem(401));
    const between = createClient({
      ...options,
      apiKey: API_KEY,
      fetch: async () => new Response('', { status: 502 }),
    });
    await assert.rejects(between.getLink('account-1'), problem(502));
  });
});
