import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { unlink } from '../../src/flow/unlink.ts';
import { api } from '../../src/http/api/api.ts';
import { makeApiKey } from '../../src/outward/make-api-key.ts';
import { linked, proposed, type StoryOptions, story } from '../flow/story.ts';
import { listening } from './listening.ts';

const OWN_KEY = 'key-of-the-partner-0123456789abcdef';
const PAGES = 'https://link.example/pkb';
const RETURN_URL = 'https://app.example/linked';

interface Asking {
  readonly method?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

async function served(t: TestContext, options: StoryOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const told = await story(t, {
    ...options,
    app: {
      returnAddresses: ['/home', RETURN_URL],
      log: (event, fields) => lines.push({ event, ...fields }),
      ...options.app,
    },
  });
  const asked = await listening(t, api(told.app, { apiKey: OWN_KEY, pagesUrl: PAGES }));
  async function ask(path: string, { method = 'GET', key = OWN_KEY, headers = {}, json }: Asking = {}) {
    const response = await asked(path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text ? JSON.parse(text) : {} };
  }
  return { ...told, ask, lines };
}

describe('a stored API key', () => {
  it('with access read reads, and is told why it may do no more', async (t) => {
    const told = await served(t);
    const { app, ask } = told;
    await linked(told);
    const { key } = await makeApiKey(app, { name: 'reports', access: 'read' });
    for (const path of ['/v1/links', '/v1/links/account-1', '/v1/events']) {
      assert.equal((await ask(path, { key })).status, 200, path);
    }
    for (const [method, path] of [
      ['DELETE', '/v1/links/account-1'],
      ['POST', '/v1/links/account-1/access-token'],
      ['POST', '/v1/link-sessions'],
    ] as const) {
      const refused = await ask(path, { key, method });
      assert.equal(refused.status, 403, path);
      assert.equal(refused.headers.get('content-type'), 'application/problem+json');
      assert.match(refused.body.detail, /may read only/);
    }
    assert.equal((await app.store.findLink('account-1'))?.state, 'active');
  });

  it('with access write does what the key of the environment does, until it is revoked', async (t) => {
    const told = await served(t);
    const { app, ask } = told;
    await linked(told);
    const { id, key } = await makeApiKey(app, { name: 'back end', access: 'write' });
    const token = () => ask('/v1/links/account-1/access-token', { key, method: 'POST' });
    assert.equal((await token()).status, 200);
    await app.store.revokeApiKey(id, 'app');
    assert.equal((await token()).status, 401);
    assert.equal((await ask('/v1/links')).status, 200);
  });

  it('is one of 256 random bits, and is not stored', async (t) => {
    const { app } = await served(t);
    const made = await makeApiKey(app, { name: 'back end', access: 'write' });
    assert.match(made.key, /^pkblink_[\w-]{43}$/);
    assert.doesNotMatch(JSON.stringify(await app.store.listApiKeys()), new RegExp(made.key));
    await assert.rejects(makeApiKey(app, { name: '', access: 'read' }), { field: 'name' });
  });
});

describe('POST /v1/links/{app_user_id}/confirm', () => {
  it('makes the proposal active that the patient was shown, and no other', async (t) => {
    const told = await served(t);
    const { app, ask } = told;
    const proposal = await proposed(told);
    const confirm = (json: unknown, account = 'account-1', key?: string) =>
      ask(`/v1/links/${account}/confirm`, { method: 'POST', json, ...(key && { key }) });
    const { key } = await makeApiKey(app, { name: 'reports', access: 'read' });
    assert.equal((await confirm({ link: proposal.id }, 'account-1', key)).status, 403);
    for (const [json, account, status, field] of [
      [{}, 'account-1', 400, 'link'],
      [{ link: proposal.id, state: 'active' }, 'account-1', 400, 'state'],
      [{ link: 'another' }, 'account-1', 404, 'link'],
      [{ link: proposal.id }, 'account-2', 404, 'link'],
    ] as const) {
      const refused = await confirm(json, account);
      assert.deepEqual([refused.status, refused.body.field], [status, field]);
    }
    assert.equal((await app.store.findLink('account-1'))?.state, 'proposed');
    for (const _ of ['once', 'and again, as a back end does that saw no answer']) {
      const { status, body } = await confirm({ link: proposal.id });
      assert.deepEqual([status, body.state, body.next_action], [200, 'active', 'none']);
    }
  });
});

describe('GET /v1/events', () => {
  it('tells what has happened, and where to go on', async (t) => {
    const told = await served(t);
    const { app, ask } = told;
    const link = await linked(told);
    const first = await ask('/v1/events?limit=1');
    const [proposed] = first.body.events;
    assert.deepEqual(
      [proposed.type, proposed.state, proposed.next_action],
      ['link.proposed', 'proposed', 'confirm'],
    );
    const then = await ask(`/v1/events?after=${first.body.next_after}`);
    assert.deepEqual(then.body.events, [
      {
        id: then.body.next_after,
        type: 'link.active',
        at: app.now().toISOString(),
        app_user_id: 'account-1',
        link: link.id,
        pkb_public_id: link.publicId,
        state: 'active',
        next_action: 'none',
        reason: null,
      },
    ]);
    const last = then.body.next_after;
    const none = await ask(`/v1/events?after=${last}`);
    assert.deepEqual(none.body, { events: [], next_after: last });
    await unlink(app, { appUserId: 'account-1' });
    const [unlinked] = (await ask(`/v1/events?after=${last}`)).body.events;
    assert.deepEqual(
      [unlinked.type, unlinked.state, unlinked.reason],
      ['link.unlinked', 'unlinked', 'asked'],
    );
  });

  it('is empty at first, and names the parameter that it cannot take', async (t) => {
    const { ask } = await served(t);
    assert.deepEqual((await ask('/v1/events')).body, { events: [], next_after: null });
    for (const [query, field] of [
      ['after=1', 'after'],
      ['limit=0', 'limit'],
      ['limit=501', 'limit'],
    ] as const) {
      const { status, body } = await ask(`/v1/events?${query}`);
      assert.deepEqual([status, body.field], [400, field]);
    }
    assert.equal((await ask('/v1/events', { method: 'POST' })).status, 405);
  });
});

describe('an Idempotency-Key', () => {
  const json = { app_user_id: 'ada', return_url: RETURN_URL };
  const headers = { 'idempotency-key': '7c2f3f6e-order-1' };
  const post = { method: 'POST', headers, json };

  it('gets the same answer for the same request, also where both come at once, and makes one session', async (t) => {
    const { ask } = await served(t);
    const [one, other] = await Promise.all([ask('/v1/link-sessions', post), ask('/v1/link-sessions', post)]);
    const [made, waits] = one.status === 201 ? [one, other] : [other, one];
    assert.equal(made.status, 201);
    if (waits.status === 409) assert.equal(waits.headers.get('retry-after'), '1');
    else assert.deepEqual([waits.status, waits.body], [201, made.body]);
    const again = await ask('/v1/link-sessions', { ...post, json: { ...json } });
    assert.deepEqual([again.status, again.body], [201, made.body]);
    const without = await ask('/v1/link-sessions', { method: 'POST', json });
    assert.notEqual(without.body.id, made.body.id);
  });

  it('is refused for another request, and where it is none', async (t) => {
    const { ask } = await served(t);
    await ask('/v1/link-sessions', post);
    const other = await ask('/v1/link-sessions', { ...post, json: { ...json, app_user_id: 'bob' } });
    assert.equal(other.status, 422);
    assert.match(other.body.detail, /used for another request/);
    const bad = await ask('/v1/link-sessions', { ...post, headers: { 'idempotency-key': 'a b' } });
    assert.deepEqual([bad.status, bad.body.field], [400, 'idempotency-key']);
  });

  it('may be tried again after a failure', async (t) => {
    const { ask } = await served(t);
    const wrong = { ...post, json: { ...json, return_url: 'https://elsewhere.example/' } };
    for (let n = 0; n < 2; n += 1) {
      assert.equal((await ask('/v1/link-sessions', wrong)).body.code, 'return-to-not-allowed');
    }
    assert.equal((await ask('/v1/link-sessions', post)).status, 201);
  });
});

describe('the ETag of a link', () => {
  it('answers 304 until the link has changed', async (t) => {
    const told = await served(t);
    const { app, ask } = told;
    await linked(told);
    const first = await ask('/v1/links/account-1');
    const tag = first.headers.get('etag') ?? '';
    const headers = { 'if-none-match': tag };
    const unchanged = await ask('/v1/links/account-1', { headers });
    assert.deepEqual([unchanged.status, unchanged.text, unchanged.headers.get('etag')], [304, '', tag]);
    await unlink(app, { appUserId: 'account-1' });
    await linked(told);
    assert.equal((await ask('/v1/links/account-1', { headers })).status, 200);
  });
});

describe('a request id', () => {
  const OURS = /^[0-9a-f]{24}-\d+$/;

  it('is the caller’s or our own, and is in the log of what failed', async (t) => {
    const { ask, lines } = await served(t);
    const sent = 'req_0123456789abcdef';
    const { headers } = await ask('/v1/links/nobody', { headers: { 'x-request-id': sent } });
    assert.equal(headers.get('x-request-id'), sent);
    const made = (await ask('/v1/links/nobody')).headers.get('x-request-id');
    assert.match(made ?? '', OURS);
    assert.deepEqual(
      lines.map(({ code, request_id }) => [code, request_id]),
      [
        ['unknown-link', sent],
        ['unknown-link', made],
      ],
    );
  });

  it('is no number of a person and no other text', async (t) => {
    const { ask } = await served(t);
    for (const sent of ['9991234567', 'amara.okafor@example.org', 'x'.repeat(65)]) {
      const { headers } = await ask('/healthz', { headers: { 'x-request-id': sent } });
      assert.match(headers.get('x-request-id') ?? '', OURS);
    }
  });
});
