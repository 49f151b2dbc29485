import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import type { ScriptedAnswer } from '../../src/simulator.ts';
import { BROWSER, granted, story } from './story.ts';

describe('exchange', () => {
  it('sends the code once, with the same redirect address, as this client', async (t) => {
    const s = await story(t);
    const owner = await granted(s);
    const authorization = await exchange(s.app, owner);
    assert.equal(authorization.step, 'exchanged');
    const [request] = s.simulator.received('token');
    assert.deepEqual(request?.body, {
      grant_type: 'authorization_code',
      code: owner.parameters.get('code'),
      redirect_uri: 'https://app.example/pkb/callback',
      client_id: 'story',
    });
    assert.equal(request?.headers.authorization, undefined);
  });

  for (const [auth, shown] of [
    ['post', { client_id: 'story', client_secret: 'its secret' }],
    ['basic', {}],
  ] as const) {
    it(`authenticates its client by ${auth} where it is told so`, async (t) => {
      const s = await story(t, {
        client: { auth, secret: 'its secret' },
        app: { provider: { clientAuth: auth, clientSecret: 'its secret' } },
      });
      assert.equal((await exchange(s.app, await granted(s))).step, 'exchanged');
      const body = s.simulator.received('token')[0]?.body as Record<string, string>;
      const { client_id, client_secret } = body;
      assert.deepEqual({ ...(client_id && { client_id }), ...(client_secret && { client_secret }) }, shown);
    });
  }

  it('sends it once, however many callers there are', async (t) => {
    const s = await story(t);
    const owner = await granted(s);
    const steps = await Promise.all(Array.from({ length: 20 }, () => exchange(s.app, owner)));
    assert.equal(s.simulator.received('token').length, 1);
    assert.ok(steps.every(({ step }) => step === 'exchanging' || step === 'exchanged'));
    assert.equal((await exchange(s.app, owner)).step, 'exchanged');
    await identify(s.app, owner);
    assert.equal((await exchange(s.app, owner)).step, 'finished');
    assert.equal(s.simulator.received('token').length, 1);
  });

  it('exchanges for nobody else: not another browser, not another account', async (t) => {
    const s = await story(t);
    const owner = await granted(s);
    const thief = { ...owner, browserSession: 'another-browser-session-of-128-bits' };
    await assert.rejects(exchange(s.app, thief), { code: 'different-browser' });
    await assert.rejects(exchange(s.app, { ...owner, browserSession: undefined }), {
      code: 'different-browser',
    });
    await assert.rejects(exchange(s.app, { ...owner, appUserId: 'account-2' }), {
      code: 'different-account',
    });
    // Whoever else was signed in, the code is gone for all.
    await assert.rejects(exchange(s.app, owner), { code: 'different-account' });
    const events = await s.app.store.listAccountEvents(owner.appUserId);
    assert.deepEqual(
      events.map(({ type, reason }) => [type, reason]),
      [['link.completion_refused', 'different-account']],
    );
    assert.equal(s.simulator.received('token').length, 0);
  });

  it('knows no authorization that is not there', async (t) => {
    const { app } = await story(t);
    const owner = { authorizationId: 'none', appUserId: 'account-1', browserSession: BROWSER };
    await assert.rejects(exchange(app, owner), { code: 'unknown-authorization' });
  });

  for (const [what, answer] of [
    ['has no token_type', { access_token: 'a'.repeat(32), expires_in: 600, refresh_token: 'r' }],
    ['has a null refresh token', { access_token: 'a'.repeat(32), token_type: 'Bearer', refresh_token: null }],
    ['has no expires_in', { access_token: 'a'.repeat(32), token_type: 'bearer', refresh_token: 'r' }],
    ['has expires_in as text', { access_token: 'a'.repeat(32), token_type: 'Bearer', expires_in: '600' }],
  ] as const) {
    it(`keeps the tokens of an answer that ${what}`, async (t) => {
      const s = await story(t);
      s.simulator.next('token', { status: 201, body: answer });
      const owner = await granted(s);
      assert.equal((await exchange(s.app, owner)).step, 'exchanged');
      const tokenSet = await s.app.store.exchangedTokenSet(owner.authorizationId);
      assert.equal(tokenSet?.accessToken, answer.access_token);
      assert.equal(tokenSet?.expiresAt.getTime(), s.app.now().getTime() + 600_000);
    });
  }

  const refusals: readonly (readonly [string, ScriptedAnswer, string, string])[] = [
    [
      'invalid_grant',
      { status: 400, body: { error: 'invalid_grant' } },
      'AuthorizationError',
      'code-rejected',
    ],
    [
      'invalid_client',
      { status: 401, body: { error: 'invalid_client' } },
      'ConfigurationError',
      'invalid-client',
    ],
    ['a 500', { status: 500, body: 'oh' }, 'AuthorizationError', 'exchange-interrupted'],
    ['HTML', { status: 200, body: '<html>' }, 'AuthorizationError', 'exchange-interrupted'],
    ['a broken connection', { drop: 'before-acting' }, 'AuthorizationError', 'exchange-interrupted'],
    ['an answer that is lost', { drop: 'after-acting' }, 'AuthorizationError', 'exchange-interrupted'],
  ];
  for (const [what, answer, name, code] of refusals) {
    it(`ends in ${code} after ${what}, and never sends the code again`, async (t) => {
      const s = await story(t);
      const owner = await granted(s);
      s.simulator.next('token', answer);
      await assert.rejects(exchange(s.app, owner), { name, code });
      await assert.rejects(exchange(s.app, owner), { name: 'AuthorizationError' });
      assert.equal(s.simulator.received('token').length, 1);
      assert.equal(await s.app.store.exchangedTokenSet(owner.authorizationId), undefined);
    });
  }

  it('can be called again where PKB certainly did not look at the code', async (t) => {
    const s = await story(t);
    const owner = await granted(s);
    s.simulator.next('token', { status: 429, headers: { 'retry-after': '1' } });
    await assert.rejects(exchange(s.app, owner), { name: 'UpstreamUnavailableError', code: 'rate-limited' });
    assert.equal((await exchange(s.app, owner)).step, 'exchanged');
    const codes = s.simulator.received('token').map(({ body }) => (body as Record<string, string>).code);
    assert.deepEqual(codes, [codes[0], codes[0]]);
  });

  it('is interrupted by a time limit of its own', async (t) => {
    const s = await story(t, { app: { provider: { timeoutMs: 200 } } });
    const owner = await granted(s);
    s.simulator.next('token', { delayMs: 60_000 });
    await assert.rejects(exchange(s.app, owner), { code: 'exchange-interrupted' });
  });

  it('comes too late after the authorization has expired, and destroys its code', async (t) => {
    const s = await story(t);
    const owner = await granted(s);
    s.advance(3601);
    for (let time = 0; time < 2; time += 1) {
      await assert.rejects(exchange(s.app, owner), { name: 'AuthorizationError', code: 'state-expired' });
    }
    assert.equal(s.simulator.received('token').length, 0);
  });

  it('does not wait for ever for a process that died while exchanging', async (t) => {
    const s = await story(t);
    const owner = await granted(s);
    assert.ok(await s.app.store.takeCode(owner.authorizationId, s.app.now()));
    assert.equal((await exchange(s.app, owner)).step, 'exchanging');
    s.advance(31);
    await assert.rejects(exchange(s.app, owner), { code: 'exchange-interrupted' });
    assert.equal(s.simulator.received('token').length, 0);
  });
});
