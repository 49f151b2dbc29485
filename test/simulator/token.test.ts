import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  amara,
  client,
  codeFor,
  codeIn,
  exchange,
  get,
  personCalled,
  post,
  read,
  redirectUri,
  refresh,
  simulatorForTest,
  type Tokens,
  token,
  tokensFor,
} from './browser-for-test.ts';

const purview = '/fhir/Consent/$purview';

interface TokenError {
  error: string;
  error_description: string;
}

async function errorOf(response: Response): Promise<string> {
  return (await read<TokenError>(response)).error;
}

describe('code exchange', () => {
  it('answers in the shape PKB documents', async () => {
    await using simulator = await simulatorForTest();
    const response = await exchange(simulator, await codeFor(simulator));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const { access_token, refresh_token, ...rest } = await read<Tokens>(response);
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 1800, scope: 'PATIENT' });
    assert.match(access_token, /^[\w-]{32}$/);
    assert.match(refresh_token, /^[\w-]{32}$/);
  });

  it('takes a code once', async () => {
    await using simulator = await simulatorForTest();
    const code = await codeFor(simulator);
    const first = await read<Tokens>(await exchange(simulator, code));
    const second = await exchange(simulator, code);
    assert.deepEqual([second.status, await errorOf(second)], [400, 'invalid_grant']);
    assert.equal((await get(simulator, purview, first.access_token)).status, 200);

    simulator.toggles.codeReuse = 'end-session';
    await exchange(simulator, code);
    assert.equal(await codeIn(await get(simulator, purview, first.access_token)), 'API_SESSION_INVALID');
  });

  it('takes a code for a minute', async () => {
    await using simulator = await simulatorForTest({ now: () => 0 });
    const [inTime, late] = [await codeFor(simulator), await codeFor(simulator)];
    simulator.clock.advance(59_999);
    assert.equal((await exchange(simulator, inTime)).status, 200);
    simulator.clock.advance(1);
    assert.equal(await errorOf(await exchange(simulator, late)), 'invalid_grant');
  });

  it('takes a code of the same client only, and does not spend it for another', async () => {
    await using simulator = await simulatorForTest({ clients: [client, { ...client, clientId: 'other' }] });
    const code = await codeFor(simulator);
    assert.equal(await errorOf(await exchange(simulator, code, { client_id: 'other' })), 'invalid_grant');
    assert.equal((await exchange(simulator, code)).status, 200);
  });

  it('asks for the redirect_uri of the authorization request', async () => {
    await using simulator = await simulatorForTest();
    const wrong = exchange(simulator, await codeFor(simulator), { redirect_uri: `${redirectUri}?x=1` });
    assert.equal(await errorOf(await wrong), 'invalid_grant');
    const without = async (parameters = {}) =>
      token(simulator, {
        grant_type: 'authorization_code',
        code: await codeFor(simulator, undefined, parameters),
        client_id: 'app',
      });
    assert.equal((await without()).status, 400);
    assert.equal((await without({ redirect_uri: undefined })).status, 200, 'none was sent to authorize');
    simulator.toggles.tokenRedirectUri = 'always';
    assert.equal((await without({ redirect_uri: undefined })).status, 400);
    simulator.toggles.tokenRedirectUri = 'ignored';
    assert.equal((await without()).status, 200);
  });

  it('checks the PKCE verifier where PKCE is supported', async () => {
    await using simulator = await simulatorForTest({ toggles: { pkce: 'supported' } });
    const verifier = 'v'.repeat(43);
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const parameters = { code_challenge: challenge, code_challenge_method: 'S256' };
    const tried = async (more: Record<string, string>) =>
      (await exchange(simulator, await codeFor(simulator, undefined, parameters), more)).status;
    assert.equal(await tried({ code_verifier: verifier }), 200);
    assert.equal(await tried({ code_verifier: 'w'.repeat(43) }), 400);
    assert.equal(await tried({}), 400);
  });

  it('is strict about the request itself', async () => {
    await using simulator = await simulatorForTest();
    const url = `${simulator.url}/apiToken.action`;
    const asJson = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    assert.equal((await fetch(url, asJson)).status, 415);
    const read405 = await fetch(url);
    assert.deepEqual([read405.status, read405.headers.get('allow')], [405, 'POST']);
    assert.equal((await post(url, { grant_type: 'x'.repeat(20_000) })).status, 413);
    const inChunks = (text: string) =>
      fetch(url, {
        method: 'POST',
        body: new Blob([text]).stream(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        duplex: 'half',
      } as RequestInit);
    assert.equal((await inChunks(`client_id=${'x'.repeat(20_000)}`)).status, 413);
    assert.equal(
      await errorOf(await inChunks('client_id=app&grant_type=password')),
      'unsupported_grant_type',
    );
    const twice = new URLSearchParams(
      'grant_type=refresh_token&refresh_token=a&refresh_token=b&client_id=app',
    );
    assert.equal(await errorOf(await post(url, twice)), 'invalid_request');
    assert.equal(await errorOf(await post(url, { client_id: 'app' })), 'invalid_request');
    assert.equal(
      await errorOf(await post(url, { client_id: 'app', grant_type: 'password' })),
      'unsupported_grant_type',
    );
    assert.equal((await post(`${url}?client_id=app`, { grant_type: 'refresh_token' })).status, 401);
  });
});

describe('client authentication', () => {
  const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });

  it('takes each client in its registered way only', async () => {
    const secret = 's3cret: +%';
    await using simulator = await simulatorForTest({
      clients: [
        client,
        { ...client, clientId: 'post', auth: 'post', secret },
        { ...client, clientId: 'basic', auth: 'basic', secret },
      ],
    });
    const form = { grant_type: 'refresh_token', refresh_token: 'unknown' };
    const statusOf = async (more: Record<string, string>, headers = {}) =>
      (await token(simulator, { ...form, ...more }, headers)).status;
    const authenticated = 400;

    assert.equal(await statusOf({ client_id: 'app' }), authenticated);
    assert.equal(await statusOf({}), 401);
    assert.equal(await statusOf({ client_id: 'app', client_secret: 'x' }), 401);
    assert.equal(await statusOf({}, basic('app', '')), 401);

    assert.equal(await statusOf({ client_id: 'post', client_secret: secret }), authenticated);
    assert.equal(await statusOf({ client_id: 'post' }), 401);
    assert.equal(await statusOf({ client_id: 'post', client_secret: 'wrong' }), 401);
    assert.equal(await statusOf({}, basic('post', 's3cret%3A+%2B%25')), 401);

    assert.equal(await statusOf({}, basic('basic', 's3cret%3A+%2B%25')), authenticated);
    assert.equal(await statusOf({ client_id: 'basic' }, basic('basic', 's3cret%3A+%2B%25')), authenticated);
    assert.equal(await statusOf({}, basic('basic', secret)), 401);
    assert.equal(await statusOf({ client_id: 'basic', client_secret: secret }), 401);
    assert.equal(await statusOf({ client_id: 'app' }, basic('basic', 's3cret%3A+%2B%25')), 401);
    const refused = await token(simulator, form, basic('basic', 'wrong'));
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic /);
    assert.equal(await errorOf(refused), 'invalid_client');
  });

  it("speaks as PKB's host for system clients at /api/oauth/token", async () => {
    await using simulator = await simulatorForTest();
    const url = `${simulator.url}/api/oauth/token`;
    const form = {
      grant_type: 'authorization_code',
      code: await codeFor(simulator),
      redirect_uri: redirectUri,
    };
    const stranger = await post(url, form);
    assert.equal(stranger.status, 401);
    assert.deepEqual(await stranger.json(), {
      error: 'unauthorized',
      error_description: 'Full authentication is required to access this resource',
    });
    const issued = await read<Tokens>(await post(url, { ...form, client_id: 'app' }));
    assert.equal(issued.token_type, 'bearer');
  });
});

describe('refresh', () => {
  it('gives new tokens and leaves the old access token alone', async () => {
    await using simulator = await simulatorForTest();
    const first = await tokensFor(simulator);
    const second = await read<Tokens>(await refresh(simulator, first.refresh_token, { scope: 'PATIENT' }));
    assert.equal(new Set([...Object.values(first), ...Object.values(second)]).size, 7);
    assert.equal((await get(simulator, purview, first.access_token)).status, 200);
    assert.equal((await get(simulator, purview, second.access_token)).status, 200);
    assert.equal((await refresh(simulator, second.refresh_token)).status, 200);
  });

  it('ends the whole API session for a refresh token used twice', async () => {
    await using simulator = await simulatorForTest();
    const first = await tokensFor(simulator);
    const second = await read<Tokens>(await refresh(simulator, first.refresh_token));
    const replay = await refresh(simulator, first.refresh_token);
    assert.equal(replay.status, 400);
    const { error, error_description } = await read<TokenError>(replay);
    assert.deepEqual([error, error_description.split(':')[0]], ['invalid_grant', 'API_SESSION_INVALID']);

    for (const { access_token } of [first, second]) {
      const refused = await get(simulator, purview, access_token);
      assert.deepEqual([refused.status, await codeIn(refused)], [401, 'API_SESSION_INVALID']);
    }
    assert.equal((await refresh(simulator, second.refresh_token)).status, 400);
  });

  it('is kind about a second use where the toggle says so', async () => {
    await using simulator = await simulatorForTest({ toggles: { refreshReuse: 'grace' } });
    const first = await tokensFor(simulator);
    const second = await read<Tokens>(await refresh(simulator, first.refresh_token));
    simulator.clock.advance(29_000);
    assert.equal((await refresh(simulator, first.refresh_token)).status, 200);
    simulator.clock.advance(1_000);
    assert.equal((await refresh(simulator, first.refresh_token)).status, 400);
    simulator.toggles.refreshReuse = 'refuse-token';
    assert.equal((await refresh(simulator, first.refresh_token)).status, 400);
    assert.equal((await refresh(simulator, second.refresh_token)).status, 200);
  });

  it('keeps or omits the refresh token where the toggle says so', async () => {
    await using simulator = await simulatorForTest({ toggles: { refreshRotation: 'same' } });
    const { refresh_token } = await tokensFor(simulator);
    assert.equal((await read<Tokens>(await refresh(simulator, refresh_token))).refresh_token, refresh_token);
    simulator.toggles.refreshRotation = 'omit';
    assert.equal((await read<Tokens>(await refresh(simulator, refresh_token))).refresh_token, undefined);
    assert.equal((await refresh(simulator, refresh_token)).status, 200);
  });

  it('takes scope as the toggle says, and never another than was granted', async () => {
    await using simulator = await simulatorForTest({ toggles: { refreshScopeParam: 'required' } });
    const { refresh_token } = await tokensFor(simulator);
    assert.equal(await errorOf(await refresh(simulator, refresh_token)), 'invalid_request');
    assert.equal(
      await errorOf(await refresh(simulator, refresh_token, { scope: 'CLINICIAN' })),
      'invalid_scope',
    );
    simulator.toggles.refreshScopeParam = 'rejected';
    assert.equal(
      await errorOf(await refresh(simulator, refresh_token, { scope: 'PATIENT' })),
      'invalid_request',
    );
    assert.equal((await refresh(simulator, refresh_token)).status, 200, 'a refused request spends nothing');
  });

  it('takes a refresh token of the same client only', async () => {
    await using simulator = await simulatorForTest({ clients: [client, { ...client, clientId: 'other' }] });
    const { refresh_token } = await tokensFor(simulator);
    assert.equal((await refresh(simulator, refresh_token, { client_id: 'other' })).status, 400);
    assert.equal((await refresh(simulator, refresh_token)).status, 200);
  });

  it('can end the old access token', async () => {
    await using simulator = await simulatorForTest({ toggles: { oldAccessAfterRefresh: 'revoked' } });
    const first = await tokensFor(simulator);
    const second = await read<Tokens>(await refresh(simulator, first.refresh_token));
    assert.equal(await codeIn(await get(simulator, purview, first.access_token)), 'ACC_TOKEN_EXPIRED');
    assert.equal((await get(simulator, purview, second.access_token)).status, 200);
  });

  it('loses the answer after issuing, where the toggle says so', async () => {
    await using simulator = await simulatorForTest();
    const { refresh_token, access_token } = await tokensFor(simulator);
    simulator.toggles.dropResponseAfterCommit = true;
    await assert.rejects(refresh(simulator, refresh_token));
    simulator.toggles.dropResponseAfterCommit = false;
    assert.equal((await refresh(simulator, refresh_token)).status, 400);
    assert.equal(await codeIn(await get(simulator, purview, access_token)), 'API_SESSION_INVALID');
  });
});

describe('lifetimes', () => {
  it('ends an access token by the clock', async () => {
    await using simulator = await simulatorForTest({ now: () => 0 });
    const { access_token, refresh_token } = await tokensFor(simulator);
    simulator.clock.advance(1_799_999);
    assert.equal((await get(simulator, purview, access_token)).status, 200);
    simulator.clock.advance(1);
    const refused = await get(simulator, purview, access_token);
    assert.deepEqual([refused.status, await codeIn(refused)], [401, 'ACC_TOKEN_EXPIRED']);
    assert.equal((await refresh(simulator, refresh_token)).status, 200);
  });

  it('gives no refresh token where the API session ends before the access token would', async () => {
    await using simulator = await simulatorForTest({
      now: () => 0,
      clients: [{ ...client, sessionSeconds: 2700 }],
    });
    const first = await tokensFor(simulator);
    assert.equal(first.expires_in, 1800);
    simulator.clock.advance(1_000_000);
    const last = await read<Tokens>(await refresh(simulator, first.refresh_token));
    assert.deepEqual([last.expires_in, last.refresh_token], [1700, undefined]);
    simulator.clock.advance(1_700_000);
    assert.equal(await codeIn(await get(simulator, purview, last.access_token)), 'API_SESSION_EXPIRED');
  });

  it('refuses a refresh after the API session', async () => {
    await using simulator = await simulatorForTest({
      clients: [{ ...client, sessionSeconds: 7200, accessTokenSeconds: 600 }],
    });
    const { refresh_token } = await tokensFor(simulator);
    simulator.clock.advance(7_200_000);
    const { error_description } = await read<TokenError>(await refresh(simulator, refresh_token));
    assert.match(error_description, /^API_SESSION_EXPIRED/);
  });

  it('lets a newer grant end the older one where the toggle says so', async () => {
    await using simulator = await simulatorForTest();
    const [first, second] = [await tokensFor(simulator), await tokensFor(simulator)];
    assert.equal((await get(simulator, purview, first.access_token)).status, 200);
    simulator.toggles.concurrentSessions = 'newest-only';
    const other = await tokensFor(simulator, personCalled(simulator, 'Whitfield').publicId);
    assert.equal((await get(simulator, purview, second.access_token)).status, 200);
    await codeFor(simulator);
    assert.equal((await get(simulator, purview, second.access_token)).status, 401);
    assert.equal((await get(simulator, purview, other.access_token)).status, 200);
  });

  it('writes expires_in as the toggle says', async () => {
    await using simulator = await simulatorForTest({ toggles: { expiresInType: 'string' } });
    assert.equal((await tokensFor(simulator)).expires_in as unknown, '1800');
    simulator.toggles.expiresInType = 'missing';
    assert.equal('expires_in' in (await tokensFor(simulator)), false);
  });
});

describe('refusals of the token endpoint', () => {
  it('come in the style of the toggle', async () => {
    await using simulator = await simulatorForTest();
    const { refresh_token } = await tokensFor(simulator);
    simulator.admin.endSession({ publicId: amara(simulator) }, 'expired');
    const refused = () => refresh(simulator, refresh_token);
    assert.equal((await refused()).status, 400);
    simulator.toggles.tokenErrorStyle = '401-json';
    assert.equal((await refused()).status, 401);
    simulator.toggles.tokenErrorStyle = 'operation-outcome';
    assert.equal(await codeIn(await refused()), 'API_SESSION_EXPIRED');
    for (const [style, status] of [
      ['html-200', 200],
      ['html-500', 500],
    ] as const) {
      simulator.toggles.tokenErrorStyle = style;
      const response = await refused();
      assert.deepEqual(
        [response.status, response.headers.get('content-type')],
        [status, 'text/html; charset=utf-8'],
      );
    }
  });

  it('count requests where there is a limit', async () => {
    await using simulator = await simulatorForTest({ toggles: { rateLimit: 2 }, now: () => 0 });
    await refresh(simulator, 'x');
    await refresh(simulator, 'x');
    simulator.clock.advance(15_000);
    const third = await refresh(simulator, 'x');
    assert.deepEqual([third.status, third.headers.get('retry-after')], [429, '45']);
    simulator.clock.advance(45_000);
    assert.equal((await refresh(simulator, 'x')).status, 400);
  });
});

describe('revocation', () => {
  it('is there only where the toggle says so', async () => {
    await using simulator = await simulatorForTest();
    const { access_token, refresh_token } = await tokensFor(simulator);
    const revoke = (id: string) =>
      post(`${simulator.url}/apiRevoke.action`, { token: refresh_token, client_id: id });
    assert.equal((await revoke('app')).status, 404);
    simulator.toggles.revocationEndpoint = 'present';
    assert.equal((await revoke('stranger')).status, 401);
    assert.equal((await revoke('app')).status, 200);
    assert.equal(await codeIn(await get(simulator, purview, access_token)), 'BAD_AUTHENTICATION');
  });
});
