import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { api } from '../../src/http/api/api.ts';
import { addLink } from '../cli/command-line.ts';
import { linked, proposed, type Story, type StoryOptions, story } from '../flow/story.ts';
import { listening } from './listening.ts';

const API_KEY = 'key-of-the-partner-0123456789abcdef';
const KEY = { authorization: `Bearer ${API_KEY}` };
const LINK = '/v1/links/account-1';

type Body = Record<string, unknown>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

/** A story, and its API as the partner's processes call it. */
async function served(t: TestContext, options: StoryOptions = {}) {
  const told = await story(t, options);
  const asked = await listening(t, api(told.app, { apiKey: API_KEY }));
  async function ask(path: string, method = 'GET', headers: Headers | Record<string, string> = KEY) {
    const response = await asked(path, { method, headers });
    assert.equal(response.headers.get('cache-control'), 'no-store', `${method} ${path}`);
    const text = await response.text();
    const body = text === '' ? {} : (JSON.parse(text) as Body);
    return { status: response.status, headers: response.headers, text, body };
  }
  return { ...told, ask };
}

function isProblem(answer: Answer, status: number, code?: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(answer.body.status, status);
  assert.equal(answer.body.code, code);
  assert.equal(typeof answer.body.title, 'string');
  assert.equal(typeof answer.body.detail, 'string');
  assert.doesNotMatch(answer.text, /\.ts:|\.js:|Error:|\\n/);
}

/** Every token that PKB has issued so far in this story. */
function tokensOf({ simulator }: Story, ...accessTokens: string[]): readonly string[] {
  const sent = simulator
    .received()
    .flatMap(({ headers, body }) => [
      headers.authorization?.replace('Bearer ', ''),
      typeof body === 'object' ? body.refresh_token : undefined,
      typeof body === 'object' ? body.code : undefined,
    ]);
  return [...new Set([...accessTokens, ...sent.filter((token) => typeof token === 'string')])];
}

describe('the API key', () => {
  it('opens the API alone, whole, once and as a bearer token', async (t) => {
    const { ask } = await served(t);
    for (const authorization of [`Bearer ${API_KEY}`, `bearer ${API_KEY}`]) {
      assert.equal((await ask('/v1/links', 'GET', { authorization })).status, 200);
    }
    const doubled = new Headers({ authorization: `Bearer ${API_KEY}` });
    doubled.append('authorization', `Bearer ${API_KEY}`);
    const wrong: (Headers | Record<string, string>)[] = [
      {},
      { authorization: '' },
      { authorization: 'Bearer' },
      { authorization: API_KEY },
      { authorization: `Bearer ${API_KEY}x` },
      { authorization: `Bearer ${API_KEY.slice(0, -1)}` },
      { authorization: `Basic ${API_KEY}` },
      { authorization: `Bearer  ${API_KEY}` },
      doubled,
    ];
    for (const headers of wrong) {
      for (const [path, method] of [
        ['/v1/links', 'GET'],
        [LINK, 'DELETE'],
        [`${LINK}/access-token`, 'POST'],
        ['/v1/no-such-thing', 'GET'],
      ] as const) {
        const answer = await ask(path, method, headers);
        isProblem(answer, 401);
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
        assert.ok(!answer.text.includes(API_KEY));
      }
    }
  });

  it('in the query opens nothing', async (t) => {
    const { ask } = await served(t);
    isProblem(await ask(`/v1/links?access_token=${API_KEY}`, 'GET', {}), 401);
  });
});

describe('health', () => {
  it('is told without a key', async (t) => {
    const { ask } = await served(t);
    for (const path of ['/healthz', '/readyz']) {
      const { status, body } = await ask(path, 'GET', {});
      assert.deepEqual([status, body], [200, { status: 'ok' }]);
    }
  });

  it('is 503 for readiness, and still 200 for life, while the database does not answer', async (t) => {
    const { ask, app, logged } = await served(t);
    await app.store.close();
    const answer = await ask('/readyz', 'GET', {});
    isProblem(answer, 503);
    const [, reference = 'none'] = /reference ([0-9a-f]{8})/.exec(answer.text) ?? [];
    assert.ok(logged.some((line) => line.includes(reference)));
    assert.equal((await ask('/healthz', 'GET', {})).status, 200);
  });
});

describe('GET /v1/links', () => {
  it('pages through every link, and says which page is the last', async (t) => {
    const { ask, app } = await served(t);
    for (let n = 1; n <= 5; n += 1) await addLink(app.store, `account-${n}`);
    const seen: unknown[] = [];
    let path = '/v1/links?limit=2';
    for (const size of [2, 2, 1]) {
      const { body, text } = await ask(path);
      const links = body.links as Body[];
      assert.equal(links.length, size);
      seen.push(...links.map((link) => link.app_user_id));
      assert.equal(body.next_after, size === 2 ? links.at(-1)?.link : null);
      assert.doesNotMatch(text, /canary/);
      path = `/v1/links?limit=2&after=${body.next_after}`;
    }
    assert.deepEqual(seen.sort(), ['account-1', 'account-2', 'account-3', 'account-4', 'account-5']);
  });

  it('leaves unlinked ones out, until they are asked for', async (t) => {
    const { ask, app } = await served(t);
    await addLink(app.store, 'account-1');
    await addLink(app.store, 'account-2', 'proposed');
    await ask(LINK, 'DELETE');
    const ids = async (query: string) =>
      ((await ask(`/v1/links${query}`)).body.links as Body[]).map((link) => link.app_user_id);
    assert.deepEqual(await ids(''), ['account-2']);
    assert.deepEqual(await ids('?state=proposed'), ['account-2']);
    assert.deepEqual(await ids('?state=active'), []);
    assert.deepEqual(await ids('?state=unlinked'), ['account-1']);
  });

  it('names the parameter that it cannot take', async (t) => {
    const { ask } = await served(t);
    for (const [query, field] of [
      ['state=dead', 'state'],
      ['state=', 'state'],
      ['state=active&state=active', 'state'],
      ['state=active&st%61te=unlinked', 'state'],
      ['limit=0', 'limit'],
      ['limit=501', 'limit'],
      ['limit=-1', 'limit'],
      ['limit=1e2', 'limit'],
      ['limit=', 'limit'],
      ['limit=00001', 'limit'],
      [`after=${'x'.repeat(65)}`, 'after'],
      ['after=%FF', 'after'],
      ['after=a%00b', 'after'],
      ['after=a&after=b', 'after'],
    ]) {
      const answer = await ask(`/v1/links?${query}`);
      isProblem(answer, 400, 'bad-input');
      assert.equal(answer.body.field, field, query);
      assert.match(String(answer.body.detail), new RegExp(`^${field} `), query);
    }
  });
});

describe('GET /v1/links/{app_user_id}', () => {
  it('shows the link in the words of the wire, and no token', async (t) => {
    const told = await served(t);
    const link = await linked(told);
    const { status, body, text } = await told.ask(LINK);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      link: link.id,
      app_user_id: 'account-1',
      pkb_public_id: link.publicId,
      environment: 'simulator',
      client_id: 'story',
      state: 'active',
      health: 'fresh',
      refreshable: true,
      next_action: 'none',
      reason: null,
      granted_at: '2026-11-24T10:00:00.000Z',
      confirmed_at: '2026-11-24T10:00:00.000Z',
      proposal_expires_at: null,
      unlinked_at: null,
      comparison: null,
      access_token_expires_at: '2026-11-24T10:30:00.000Z',
      last_used_at: null,
      session_ends_at: null,
    });
    for (const token of tokensOf(told)) assert.ok(!text.includes(token));
  });

  it('says what to do about a proposal, and that a lapsed one is none', async (t) => {
    const told = await served(t);
    await proposed(told);
    const { body } = await told.ask(LINK);
    assert.deepEqual([body.state, body.next_action, body.confirmed_at], ['proposed', 'confirm', null]);
    told.advance(24 * 3600);
    isProblem(await told.ask(LINK), 404, 'unknown-link');
  });

  it('finds ids of any letters, slashes and percent signs included', async (t) => {
    const { ask, app } = await served(t);
    const ids = [
      'a/b',
      '../links',
      '..%2F',
      '%FF',
      'a?b#c&d=e',
      'a b',
      'a+b',
      'Zoë 患者 👩‍⚕️',
      'x'.repeat(255),
    ];
    for (const id of ids) await addLink(app.store, id);
    for (const id of ids) {
      const { body } = await ask(`/v1/links/${encodeURIComponent(id)}`);
      assert.equal(body.app_user_id, id);
    }
    const { body } = await ask('/v1/links/a+b');
    assert.equal(body.app_user_id, 'a+b', 'a plus sign in a path is a plus sign');
  });

  it('refuses ids that no account can have, on every route and before anything is looked up', async (t) => {
    const { ask, simulator } = await served(t);
    for (const segment of ['%FF', '%C3', '%', 'a%00b', 'a%0Ab', '%20a', 'a%E2%80%A8b', 'x'.repeat(256)]) {
      for (const [method, rest] of [
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/access-token'],
        ['GET', '/demographics'],
      ] as const) {
        const answer = await ask(`/v1/links/${segment}${rest}`, method);
        isProblem(answer, 400, 'bad-input');
        assert.equal(answer.body.field, 'app_user_id');
      }
    }
    assert.deepEqual(simulator.received(), []);
  });

  it('is 404 for an account without a link', async (t) => {
    const { ask, logged } = await served(t);
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/access-token'],
      ['GET', '/demographics'],
    ] as const) {
      const answer = await ask(`/v1/links/nobody${rest}`, method);
      isProblem(answer, 404, 'unknown-link');
      assert.equal(answer.body.type, 'urn:pkb-link:problem:unknown-link');
      assert.match(String(answer.body.detail), /no (active )?link/);
      assert.ok(logged.at(-1)?.includes(String(answer.body.reference)));
    }
  });
});

describe('DELETE /v1/links/{app_user_id}', () => {
  it('unlinks, and again is a success', async (t) => {
    const told = await served(t);
    const link = await linked(told);
    for (let time = 1; time <= 2; time += 1) {
      const { status, body } = await told.ask(LINK, 'DELETE');
      assert.equal(status, 200);
      assert.deepEqual(
        [body.link, body.state, body.health, body.reason],
        [link.id, 'unlinked', 'ended', 'asked'],
      );
    }
    isProblem(await told.ask(LINK), 404, 'unknown-link');
    isProblem(await told.ask(`${LINK}/access-token`, 'POST'), 404, 'unknown-link');
    assert.equal((await account(told.app, { appUserId: 'account-1' })).link, undefined);
  });
});

describe('next_action', () => {
  it('is the operator’s where PKB has just refused the client and the token is over', async (t) => {
    const { ask, ...told } = await served(t);
    await linked(told);
    told.advance(1801);
    told.simulator.next('token', { status: 401, body: { error: 'invalid_client' } });
    assert.equal((await ask(`${LINK}/access-token`, 'POST')).body.code, 'invalid-client');
    assert.equal((await ask(LINK)).body.next_action, 'fix_configuration');
  });
});

describe('POST /v1/links/{app_user_id}/access-token', () => {
  const TOKEN = `${LINK}/access-token`;

  it('hands out a token that PKB takes, a fresh one when the old is over, and never a refresh token', async (t) => {
    const told = await served(t);
    const link = await linked(told);
    const first = await told.ask(TOKEN, 'POST');
    assert.deepEqual(Object.keys(first.body), ['access_token', 'token_type', 'expires_at', 'pkb_public_id']);
    assert.deepEqual(
      [first.body.token_type, first.body.expires_at, first.body.pkb_public_id],
      ['Bearer', '2026-11-24T10:30:00.000Z', link.publicId],
    );
    assert.equal((await told.ask(TOKEN, 'POST')).body.access_token, first.body.access_token);

    told.advance(1801);
    const second = await told.ask(TOKEN, 'POST');
    assert.notEqual(second.body.access_token, first.body.access_token);
    const self = await fetch(`${told.simulator.url}/json/users/self`, {
      headers: { authorization: `Bearer ${second.body.access_token}` },
    });
    assert.equal(self.status, 200);
    const others = tokensOf(told).filter((token) => token !== second.body.access_token);
    assert.ok(others.length >= 3, 'a code, a refresh token and the first access token');
    for (const token of others) assert.ok(!second.text.includes(token));
  });

  it('is 404 before the patient has said that the record is theirs', async (t) => {
    const told = await served(t);
    await proposed(told);
    isProblem(await told.ask(TOKEN, 'POST'), 404, 'unknown-link');
  });

  it('is 409 when the patient must grant again, and the link says so too', async (t) => {
    const told = await served(t, { client: { sessionSeconds: 3600 } });
    await linked(told);
    told.advance(3 * 3600);
    isProblem(await told.ask(TOKEN, 'POST'), 409, 'api-session-expired');
    const { body } = await told.ask(LINK);
    assert.deepEqual(
      [body.state, body.next_action, body.health],
      ['reauthorization_required', 'reauthorize', 'ended'],
    );
  });

  it('is 503 with the time to wait when PKB asks for it, and nothing is lost', async (t) => {
    const told = await served(t);
    await linked(told);
    told.advance(1801);
    told.simulator.next('token', { status: 429, headers: { 'Retry-After': '17' } });
    const answer = await told.ask(TOKEN, 'POST');
    isProblem(answer, 503, 'rate-limited');
    assert.equal(answer.headers.get('retry-after'), '17');
    told.advance(22);
    assert.equal((await told.ask(TOKEN, 'POST')).status, 200);
  });

  it('is 500 when the operator must act, and no link is touched', async (t) => {
    const told = await served(t);
    await linked(told);
    told.advance(1801);
    told.simulator.next('token', { status: 401, body: { error: 'invalid_client' } });
    isProblem(await told.ask(TOKEN, 'POST'), 500, 'invalid-client');
    assert.equal((await told.ask(LINK)).body.state, 'active');
  });
});

describe('GET /v1/links/{app_user_id}/demographics', () => {
  it('tells who the patient is', async (t) => {
    const told = await served(t);
    const link = await linked(told);
    const { status, body, text } = await told.ask(`${LINK}/demographics`);
    assert.equal(status, 200);
    assert.deepEqual(
      [body.pkb_public_id, body.given_names, body.family_name, body.birth_date, body.sex_at_birth],
      [link.publicId, ['Amara', 'Chidinma'], 'Okafor', '1984-03-11', 'female'],
    );
    assert.deepEqual(body.identifiers, [
      { system: 'https://fhir.nhs.uk/Id/nhs-number', name: 'NHS number', value: '9995924226', valid: true },
    ]);
    for (const token of tokensOf(told)) assert.ok(!text.includes(token));
  });

  it('is 403 while PKB has frozen the access, and the link waits', async (t) => {
    const told = await served(t);
    const { publicId } = await linked(told);
    told.simulator.admin.freeze(publicId, true);
    isProblem(await told.ask(`${LINK}/demographics`), 403, 'access-frozen');
    const { body } = await told.ask(LINK);
    assert.deepEqual([body.state, body.next_action, body.reason], ['suspended', 'wait', 'access-frozen']);
  });

  it('is 503 while PKB does not answer', async (t) => {
    const told = await served(t);
    await linked(told);
    told.simulator.next('patient', { drop: 'before-acting' });
    isProblem(await told.ask(`${LINK}/demographics`), 503, 'network');
  });
});

describe('an address or method that is none', () => {
  it('is 404 or, where there is another method, 405 that names it', async (t) => {
    const { ask } = await served(t);
    for (const path of [
      '/',
      '/v1',
      '/v1/',
      '/v1/links/',
      '/v1/link',
      `${LINK}/`,
      `${LINK}/tokens`,
      '/v2/links',
    ]) {
      isProblem(await ask(path), 404);
    }
    // What is written for the parent folder is the parent folder by the time it is asked for.
    isProblem(await ask('/v1/links/..', 'DELETE'), 404);
    for (const [method, path, allow] of [
      ['POST', '/v1/links', 'GET, HEAD'],
      ['PUT', LINK, 'GET, HEAD, DELETE'],
      ['OPTIONS', LINK, 'GET, HEAD, DELETE'],
      ['GET', `${LINK}/access-token`, 'POST'],
      ['DELETE', `${LINK}/demographics`, 'GET, HEAD'],
    ] as const) {
      const answer = await ask(path, method);
      isProblem(answer, 405);
      assert.equal(answer.headers.get('allow'), allow);
    }
  });

  it('takes HEAD wherever it takes GET', async (t) => {
    const { ask, app } = await served(t);
    await addLink(app.store, 'account-1');
    for (const path of ['/healthz', '/v1/links', LINK]) {
      const { status, text } = await ask(path, 'HEAD');
      assert.deepEqual([status, text], [200, '']);
    }
  });
});

describe('what nobody foresaw', () => {
  it('is 500 with a reference, and neither a trace nor the message of what was thrown', async (t) => {
    const { ask, app, logged } = await served(t);
    await app.store.close();
    const answer = await ask(LINK);
    isProblem(answer, 500, 'unforeseen');
    assert.doesNotMatch(answer.text, /database|sqlite/i);
    assert.ok(logged.at(-1)?.includes(String(answer.body.reference)));
  });
});
