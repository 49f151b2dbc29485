import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import { account } from '../../src/flow/account.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { patient } from '../../src/flow/patient.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { request } from '../../src/flow/request.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { endpointsOf } from '../../src/provider/presets.ts';
import type { ProviderSettings } from '../../src/provider/provider.ts';
import {
  ACCESS_TOKEN_SECONDS,
  type IndependentClient,
  type IndependentServer,
  OKAFOR,
  type Patient,
  startIndependentServer,
  WHITFIELD,
} from './independent-server.ts';

const WHO = { appUserId: 'account-1', browserSession: 'browser-session-of-at-least-128-bits' };
const CLIENT_ID = 'story';
const REDIRECT_URI = 'https://app.example/pkb/callback';
/** Each of its odd characters is one that Basic authentication must encode (RFC 6749 section 2.3.1). */
const SECRET = 'a secret: 100%+ & long enough';

type Registered = Omit<IndependentClient, 'clientId' | 'redirectUri'>;

const PUBLIC: Registered = { authMethod: 'none', pkceRequired: false };

interface Upstream {
  readonly app: App;
  readonly server: IndependentServer;
  /** Another App on the same database, as another process would have it. */
  another(settings?: Partial<ProviderSettings>): Promise<App>;
  /** Moves the one clock, which is this process's `Date`: oidc-provider has no other. */
  advance(seconds: number): void;
}

async function upstream(
  t: TestContext,
  client: Registered = PUBLIC,
  settings: Partial<ProviderSettings> = {},
): Promise<Upstream> {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-24T10:00:00Z') });
  const server = await startIndependentServer({ ...client, clientId: CLIENT_ID, redirectUri: REDIRECT_URI });
  const directory = mkdtempSync(join(tmpdir(), 'pkb-link-independent-'));
  t.after(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
    assert.deepEqual(server.failures, []);
  });
  const options: AppOptions = {
    environment: 'independent',
    clientId: CLIENT_ID,
    redirectUri: REDIRECT_URI,
    databaseUrl: `file:${join(directory, 'links.db')}`,
    encryptionKeys: `k1:${Buffer.alloc(32, 'independent').toString('base64')}`,
    returnAddresses: ['/home'],
  };
  async function another(changes: Partial<ProviderSettings> = settings): Promise<App> {
    // PKB's paths on this server's host; all else is as for PKB but for what each test says.
    const provider = { ...endpointsOf('simulator', server.url), ...changes };
    const app = await createApp({ ...options, provider });
    t.after(() => app.close());
    return app;
  }
  return {
    app: await another(),
    server,
    another,
    advance: (seconds) => t.mock.timers.setTime(Date.now() + seconds * 1000),
  };
}

/** A browser that has never been there: follows redirects with its cookies until it is back at the redirect address. */
async function answerAt(from: URL, who: Patient, answer: 'approve' | 'deny' = 'approve') {
  const cookies = new Map<string, string>();
  for (let url = from; ; ) {
    if (url.href.startsWith(REDIRECT_URI)) return url.searchParams;
    if (url.pathname.startsWith('/interaction/')) {
      url.searchParams.set('patient', who.publicId);
      url.searchParams.set('answer', answer);
    }
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`the server ended at ${url.pathname}: ${await response.text()}`);
    url = new URL(location, url);
  }
}

async function granted({ app }: Upstream, who = OKAFOR) {
  const { url } = await authorize(app, WHO);
  const parameters = await answerAt(url, who);
  const { authorizationId } = await callback(app, { parameters, ...WHO });
  return { ...WHO, authorizationId, parameters };
}

async function proposed(u: Upstream, who = OKAFOR) {
  const owner = await granted(u, who);
  assert.equal((await exchange(u.app, owner)).step, 'exchanged');
  return identify(u.app, owner);
}

async function linked(u: Upstream, who = OKAFOR) {
  return link(u.app, { ...WHO, linkId: (await proposed(u, who)).id });
}

/** Somebody who has got hold of a code or a refresh token uses it for themselves. */
async function thief({ app }: Upstream, parameters: Record<string, string>) {
  const body = new URLSearchParams({ client_id: CLIENT_ID, ...parameters });
  const answer = await fetch(app.provider.settings.tokenEndpoint, { method: 'POST', body });
  return { status: answer.status, ...((await answer.json()) as { error?: string }) };
}

async function refreshTokenOf({ app }: Upstream, linkId: string): Promise<string> {
  return (await app.store.findGrant(linkId))?.tokenSet.refreshToken ?? '';
}

function count({ server }: Upstream, answer: string): number {
  return server.tokenAnswers.filter((one) => one === answer).length;
}

/** The last column is all that must be set beyond what the presets for PKB have: no client authentication, no PKCE. */
const VARIANTS: readonly (readonly [string, Registered, Partial<ProviderSettings>])[] = [
  ['a public client without PKCE, as the presets for PKB are', PUBLIC, {}],
  ['a public client that must use PKCE', { authMethod: 'none', pkceRequired: true }, { pkce: true }],
  [
    'a secret in the form',
    { authMethod: 'client_secret_post', secret: SECRET, pkceRequired: false },
    { clientAuth: 'post', clientSecret: SECRET },
  ],
  [
    'a secret by Basic, and PKCE',
    { authMethod: 'client_secret_basic', secret: SECRET, pkceRequired: true },
    { clientAuth: 'basic', clientSecret: SECRET, pkce: true },
  ],
];

describe('the story at an authorization server that we did not write', () => {
  for (const [what, client, settings] of VARIANTS) {
    it(`goes from the grant through many lives to the end and begins again, with ${what}`, async (t) => {
      const u = await upstream(t, client, settings);
      const { app, server } = u;

      const proposal = await proposed(u);
      assert.equal(proposal.state, 'proposed');
      assert.equal(proposal.publicId, OKAFOR.publicId);
      assert.equal((await patient(app, WHO)).familyName, 'Okafor');
      const active = await link(app, { ...WHO, linkId: proposal.id });
      assert.equal(active.state, 'active');

      const used = new Set<string>();
      for (let life = 0; life < 6; life += 1) {
        const { accessToken, expiresAt } = await refresh(app, WHO);
        assert.equal(expiresAt.getTime(), Date.now() + ACCESS_TOKEN_SECONDS * 1000);
        assert.equal(await server.owner(accessToken), OKAFOR.publicId);
        used.add(accessToken);
        u.advance(ACCESS_TOKEN_SECONDS + 1);
        assert.equal(await server.owner(accessToken), undefined, 'it has ended there too');
      }
      assert.equal(used.size, 6);

      const answer = await request(app, { ...WHO, url: `/fhir/Patient/${OKAFOR.publicId}` });
      assert.equal(answer.status, 200);
      await server.endAccessToken((await refresh(app, WHO)).accessToken);
      assert.equal((await request(app, { ...WHO, url: '/json/users/self' })).status, 200);

      assert.equal((await unlink(app, WHO))?.state, 'unlinked');
      await assert.rejects(refresh(app, WHO), { code: 'unknown-link' });
      const again = await linked(u, WHITFIELD);
      assert.equal(again.publicId, WHITFIELD.publicId);
      assert.notEqual(again.id, active.id);
      assert.equal((await request(app, { ...WHO, url: '/json/users/self' })).status, 200);

      assert.equal(count(u, 'authorization_code ok'), 2);
      assert.equal(count(u, 'refresh_token ok'), 7);
      assert.equal(server.tokenAnswers.length, 9);
      assert.equal(server.revoked(), 0);
    });
  }

  it('takes a denial for a denial, and the patient may change their mind', async (t) => {
    const u = await upstream(t);
    const { url } = await authorize(u.app, WHO);
    const parameters = await answerAt(url, OKAFOR, 'deny');
    await assert.rejects(callback(u.app, { parameters, ...WHO }), {
      name: 'AuthorizationError',
      code: 'access-denied',
    });
    assert.deepEqual(u.server.tokenAnswers, []);
    assert.equal((await linked(u)).state, 'active');
  });

  it('sends a code once however often its page is loaded: the server would end the grant at the second time', async (t) => {
    const u = await upstream(t);
    const owner = await granted(u);
    await Promise.all(Array.from({ length: 10 }, () => exchange(u.app, owner)));
    assert.equal((await callback(u.app, owner)).repeated, true);
    await Promise.all(Array.from({ length: 10 }, () => identify(u.app, owner)));
    assert.deepEqual(u.server.tokenAnswers, ['authorization_code ok']);
  });

  it('asks the patient again once somebody else used the code too, and the same link lives on', async (t) => {
    const u = await upstream(t);
    const owner = await granted(u);
    await exchange(u.app, owner);
    const { id } = await identify(u.app, owner);
    await link(u.app, { ...WHO, linkId: id });
    const code = owner.parameters.get('code') ?? '';
    const stolen = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    assert.deepEqual((await thief(u, stolen)).error, 'invalid_grant');
    assert.equal(u.server.revoked(), 1);

    await assert.rejects(request(u.app, { ...WHO, url: '/json/users/self' }), {
      name: 'ReauthorizationRequired',
      code: 'refresh-token-rejected',
    });
    const { nextAction, link: after } = await account(u.app, WHO);
    assert.deepEqual(
      [nextAction, after?.state, after?.health],
      ['reauthorize', 'reauthorization_required', 'ended'],
    );
    const renewed = await proposed(u);
    assert.deepEqual([renewed.id, renewed.state], [id, 'active']);
    assert.equal((await request(u.app, { ...WHO, url: '/json/users/self' })).status, 200);
  });

  it('asks the patient again once a refresh token was replayed, and the same link lives on', async (t) => {
    const u = await upstream(t);
    const { id } = await linked(u);
    const spent = await refreshTokenOf(u, id);
    u.advance(ACCESS_TOKEN_SECONDS);
    await refresh(u.app, WHO);
    assert.notEqual(await refreshTokenOf(u, id), spent, 'the server gives a new one each time');
    const replay = await thief(u, { grant_type: 'refresh_token', refresh_token: spent });
    assert.deepEqual([replay.status, replay.error, u.server.revoked()], [400, 'invalid_grant', 1]);

    u.advance(ACCESS_TOKEN_SECONDS);
    await assert.rejects(refresh(u.app, WHO), {
      name: 'ReauthorizationRequired',
      code: 'refresh-token-rejected',
    });
    assert.equal((await account(u.app, WHO)).nextAction, 'reauthorize');
    const renewed = await proposed(u);
    assert.deepEqual([renewed.id, renewed.state], [id, 'active']);
    await refresh(u.app, WHO);
  });

  it('never replays one itself: 100 callers of two Apps on one database, and the grant lives', async (t) => {
    const u = await upstream(t);
    const other = await u.another();
    await linked(u);
    for (let life = 1; life <= 5; life += 1) {
      u.advance(ACCESS_TOKEN_SECONDS + 1);
      const callers = Array.from({ length: 100 }, (_, n) => refresh(n % 2 ? u.app : other, WHO));
      const tokens = new Set((await Promise.all(callers)).map(({ accessToken }) => accessToken));
      assert.equal(tokens.size, 1);
      assert.equal(count(u, 'refresh_token ok'), life);
    }
    assert.equal(u.server.revoked(), 0);
  });

  it('leaves it to the operator where PKCE is required and not switched on', async (t) => {
    const u = await upstream(t, { authMethod: 'none', pkceRequired: true });
    const { url } = await authorize(u.app, WHO);
    const parameters = await answerAt(url, OKAFOR);
    await assert.rejects(callback(u.app, { parameters, ...WHO }), {
      name: 'ConfigurationError',
      code: 'authorization-request-rejected',
    });
  });

  for (const [what, wrong] of [
    ['a wrong secret', { clientAuth: 'post', clientSecret: 'wrong' }],
    ['another way to authenticate', { clientAuth: 'none' }],
  ] as const) {
    it(`leaves it to the operator, and no link is touched, where the server refuses ${what}`, async (t) => {
      const client = { authMethod: 'client_secret_post', secret: SECRET, pkceRequired: false };
      const u = await upstream(t, client, { clientAuth: 'post', clientSecret: SECRET });
      const active = await linked(u);
      const misconfigured = await u.another(wrong);
      u.advance(ACCESS_TOKEN_SECONDS + 1);
      await assert.rejects(refresh(misconfigured, WHO), {
        name: 'ConfigurationError',
        code: 'invalid-client',
      });
      const { link: after } = await account(u.app, WHO);
      assert.deepEqual([after?.id, after?.state, after?.health], [active.id, 'active', 'fresh']);
      await refresh(u.app, WHO);
      assert.equal(u.server.revoked(), 0);
    });
  }
});
