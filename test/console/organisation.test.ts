import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { configFromEnvironment } from '../../src/config.ts';
import { type OrganisationSettings, organisation } from '../../src/console/organisation.ts';
import { CONSOLE, type ConsoleStory, consoleStory, type Somebody, trail } from './console-for-test.ts';
import { startOrganisation } from './organisation-server.ts';

const BACK = `${CONSOLE}/admin/sign-in/organisation/back`;
const SECRET = 'a'.repeat(43);

async function atWork(t: TestContext) {
  const server = await startOrganisation(t);
  server.allow(BACK);
  const { console: settings } = configFromEnvironment({
    PKB_ENVIRONMENT: 'simulator',
    PKB_LINK_CONSOLE_ADDRESS: '127.0.0.1:9470',
    ...server.settings,
  });
  assert.ok(settings?.organisation);
  const told = await consoleStory(t, { console: { organisation: settings.organisation } });
  return { ...told, server, settings: settings.organisation };
}

/** From the organisation's page to the address that it sends the browser back to. @param who a subject; `''` cancels */
async function answerAtWork(address: string, who: string): Promise<URL> {
  const jar = new Map<string, string>();
  let url = new URL(address);
  for (let hops = 0; hops < 10; hops += 1) {
    if (url.href.startsWith(BACK)) return url;
    if (url.pathname.startsWith('/interaction/')) url.searchParams.set('who', who);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split(/=(.*)/s);
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${url.pathname}: ${response.status} ${await response.text()}`);
    url = new URL(location, url);
  }
  throw new Error('no end of redirects');
}

async function signIn(told: ConsoleStory, who: string): Promise<{ somebody: Somebody; back: URL }> {
  const somebody = told.stranger();
  const page = await somebody.get('/admin/sign-in');
  assert.match(page.text, /Sign in with 127\.0\.0\.1:\d+/);
  const { headers } = await somebody.get('/admin/sign-in/organisation');
  return { somebody, back: await answerAtWork(headers.get('location') ?? '', who) };
}

const pathOf = ({ pathname, search }: URL) => pathname + search;

describe('the organisation’s own sign-in', () => {
  it('lets its people in by the role that its id token says', async (t) => {
    const told = await atWork(t);
    for (const [who, name, role] of [
      ['olive', 'Olive Ortega', 'operator'],
      ['sunil', 'Sunil Shah', 'support'],
    ] as const) {
      const { somebody, back } = await signIn(told, who);
      const came = await somebody.get(pathOf(back));
      assert.deepEqual([came.status, came.headers.get('location')], [303, '/admin']);
      assert.match((await somebody.get('/admin')).text, new RegExp(`Signed in as ${name} \\(${role}\\)`));
      assert.ok(!somebody.cookie.includes('-way='), 'the cookie of the way is gone');
      assert.equal(
        (await trail(told)).at(-1),
        `console:${name} (${role}, ${who} at ${told.server.issuer}): console.signed_in`,
      );
    }
  });

  it('does not let in whom it knows but gives no role, nor who cancelled', async (t) => {
    const told = await atWork(t);
    const nell = await signIn(told, 'nell');
    const refused = await nell.somebody.get(pathOf(nell.back));
    assert.deepEqual([refused.status, nell.somebody.cookie], [403, '']);
    assert.match(refused.text, /You have no role here/);

    const cancelled = await signIn(told, '');
    const page = await cancelled.somebody.get(pathOf(cancelled.back));
    assert.deepEqual([page.status, cancelled.somebody.cookie], [400, '']);
    assert.deepEqual(await trail(told), []);
  });

  it('takes an answer in the browser that asked for it only, and once', async (t) => {
    const told = await atWork(t);
    const { somebody, back } = await signIn(told, 'olive');
    const stranger = told.stranger();
    assert.equal((await stranger.get(pathOf(back))).status, 400);
    const another = told.stranger();
    await another.get('/admin/sign-in/organisation');
    assert.equal((await another.get(pathOf(back))).status, 400);
    assert.ok(!another.cookie.includes('console='), 'they are not signed in');

    const twice = told.stranger();
    twice.cookie = somebody.cookie;
    assert.equal((await somebody.get(pathOf(back))).status, 303);
    assert.equal((await twice.get(pathOf(back))).status, 400);
    assert.ok(!twice.cookie.includes('console='));
  });

  it('does not believe an id token that was made for another request', async (t) => {
    const { settings } = await atWork(t);
    const own = organisation(settings, BACK);
    const address = await own.signInAddress(SECRET);
    address.searchParams.set('nonce', 'of-another-request');
    const back = await answerAtWork(address.href, 'olive');
    await assert.rejects(own.whoCameBack(SECRET, back), { code: 'access-denied' });
  });

  it('does not exchange a code that was asked for without its proof (PKCE)', async (t) => {
    const { settings } = await atWork(t);
    const own = organisation(settings, BACK);
    const address = await own.signInAddress(SECRET);
    const other = await own.signInAddress('b'.repeat(43));
    address.searchParams.set('code_challenge', other.searchParams.get('code_challenge') ?? '');
    const back = await answerAtWork(address.href, 'olive');
    await assert.rejects(own.whoCameBack(SECRET, back), { code: 'access-denied' });
  });

  it('believes an id token that the organisation’s key has signed, for this client, and no other', async (t) => {
    const forged = await forger(t);
    const own = organisation(forged.settings, BACK);
    const whoWith = async (how: Forgery) => {
      const address = await own.signInAddress(SECRET);
      forged.next({ ...how, nonce: address.searchParams.get('nonce') ?? '' });
      const back = new URL(BACK);
      back.searchParams.set('code', 'any');
      back.searchParams.set('state', how.state ?? address.searchParams.get('state') ?? '');
      return own.whoCameBack(SECRET, back);
    };
    assert.equal((await whoWith({}))?.role, 'operator');
    const whoCame = await whoWith({ groups: ['pkb-support', 'pkb-operators'] });
    assert.equal(whoCame?.role, 'operator');
    assert.equal(await whoWith({ groups: 'pkb-operators-of-another-thing' }), undefined);
    assert.equal(await whoWith({ groups: undefined }), undefined);
    for (const how of [
      { byAnotherKey: true },
      { audience: 'another-client' },
      { issuer: 'https://other.example' },
      { state: 'of-another-browser' },
    ]) {
      await assert.rejects(whoWith(how), { code: 'access-denied' }, JSON.stringify(how));
    }
  });

  it('says that the organisation does not answer, and asks again the next time', async (t) => {
    const told = await atWork(t);
    const away = await consoleStory(t, {
      console: { organisation: { ...told.settings, issuer: 'http://127.0.0.1:9' } },
    });
    const page = await away.stranger().get('/admin/sign-in/organisation');
    assert.equal(page.status, 503);
    assert.match(page.text, /sign-in does not answer/);
  });
});

interface Forgery {
  /** Of the address that the browser is sent back to. */
  readonly state?: string;
  readonly byAnotherKey?: boolean;
  readonly audience?: string;
  readonly issuer?: string;
  readonly groups?: unknown;
}

/** An organisation that says whatever a test wants it to. */
async function forger(t: TestContext) {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let how: Forgery & { readonly nonce: string } = { nonce: '' };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers()[new URL(request.url ?? '', issuer).pathname] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => server.close());
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings: OrganisationSettings = {
    issuer,
    clientId: 'console',
    clientSecret: 'secret',
    roleClaim: 'groups',
    roles: { support: 'pkb-support', operator: 'pkb-operators' },
  };

  function answers(): Readonly<Record<string, unknown>> {
    return {
      '/.well-known/openid-configuration': {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        id_token_signing_alg_values_supported: ['ES256'],
      },
      '/jwks': {
        keys: [{ ...own.publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'one' }],
      },
      '/token': { access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: idToken() },
    };
  }

  function idToken(): string {
    const now = Math.floor(Date.now() / 1000);
    const groups = 'groups' in how ? how.groups : 'pkb-operators';
    const claims = {
      iss: how.issuer ?? issuer,
      aud: how.audience ?? 'console',
      sub: 'olive',
      iat: now,
      exp: now + 60,
      nonce: how.nonce,
      ...(groups !== undefined && { groups }),
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'ES256', kid: 'one' })}.${part(claims)}`;
    const { privateKey } = how.byAnotherKey ? other : own;
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  return {
    settings,
    next(forgery: Forgery & { readonly nonce: string }) {
      how = forgery;
    },
  };
}
