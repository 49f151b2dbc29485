import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { createApp } from '../src/app.ts';
import { exchange } from '../src/flow/exchange.ts';
import { identify } from '../src/flow/identify.ts';
import { patient } from '../src/flow/patient.ts';
import { refresh } from '../src/flow/refresh.ts';
import { request } from '../src/flow/request.ts';
import { api } from '../src/http/api/api.ts';
import { deliver } from '../src/outward/deliver.ts';
import { makeApiKey } from '../src/outward/make-api-key.ts';
import { patientPages } from '../src/server.ts';
import { startSimulator } from '../src/simulator.ts';
import { createWebhook } from '../src/webhook/http.ts';
import { answerAtPkb, personNamed } from './flow/story.ts';
import { browser, linkIdIn } from './http/pages-for-test.ts';
import { SECRET, startReceiver } from './webhook/receiver.ts';

const ORIGIN = 'https://app.example';
const OWN_KEY = 'canary-own-key-0123456789abcdefgh';

/** Everything that leaves us or stays with us, by where it was seen. */
interface Seen {
  readonly logs: string[];
  readonly addresses: string[];
  readonly failures: string[];
  readonly pages: string[];
  readonly problemPages: string[];
  readonly webhooks: string[];
}

async function wholeStory(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'pkb-link-canary-'));
  let now = Date.now();
  const simulator = await startSimulator({
    data: join(folder, 'simulator.json'),
    clients: [
      {
        clientId: 'canary',
        owner: 'Canary Ltd',
        product: 'Canary',
        redirectUris: [`${ORIGIN}/pkb/callback`],
        auth: 'post',
        secret: 'canary-client-secret',
      },
    ],
    toggles: { pkce: 'required' },
    now: () => now,
  });
  t.after(() => simulator.close());
  const seen: Seen = { logs: [], addresses: [], failures: [], pages: [], problemPages: [], webhooks: [] };
  const store = mkdtempSync(join(tmpdir(), 'pkb-link-canary-store-'));
  const app = await createApp({
    environment: 'simulator',
    simulatorUrl: simulator.url,
    clientId: 'canary',
    redirectUri: `${ORIGIN}/pkb/callback`,
    databaseUrl: `file:${join(store, 'links.db')}`,
    encryptionKeys: `canary:${Buffer.alloc(32, 'canary-key').toString('base64')}`,
    returnAddresses: ['/'],
    provider: { pkce: true, clientAuth: 'post', clientSecret: 'canary-client-secret' },
    now: () => new Date(now),
    log: (event, fields) => seen.logs.push(JSON.stringify([event, fields])),
  });
  t.after(() => app.close());
  let appUserId: string | undefined = 'account-1';
  const pages = patientPages(app, {
    basePath: '/pkb',
    brand: { appName: 'Canary', organisation: 'Canary Ltd', supportContact: 'Call us' },
    account: async () => appUserId,
    signInPath: '/log-in',
    homePath: '/',
  });
  const secrets = new Set<string>(['canary-client-secret', 'canary-key']);
  const visitor = browser(pages, ORIGIN);
  const other = browser(pages, ORIGIN);

  async function open(who: typeof visitor, path: string, fields?: Record<string, string>): Promise<string> {
    const response = fields ? await who.post(path, fields) : await who.get(path);
    const text = await response.text();
    (response.status >= 400 || path.includes('/problem/') ? seen.problemPages : seen.pages).push(text);
    const target = response.headers.get('location');
    if (target === null) return text;
    // The one address of ours that carries the state is the one that must: PKB's own.
    if (!target.startsWith(simulator.url)) seen.addresses.push(target);
    else secrets.add(new URL(target).searchParams.get('state') ?? '');
    return target;
  }

  async function fails(work: Promise<unknown>): Promise<void> {
    await assert.rejects(work, (failure) => {
      seen.failures.push(
        inspect(failure, { depth: 20, showHidden: true }),
        String(failure),
        JSON.stringify(failure),
      );
      return true;
    });
  }

  async function granted(familyName = 'Okafor', answer: 'approve' | 'deny' = 'approve'): Promise<string> {
    await open(visitor, '/pkb/start?anyway=yes');
    const url = new URL(await open(visitor, '/pkb/authorize', {}));
    const parameters = await answerAtPkb(url, personNamed(simulator, familyName), answer);
    for (const [, value] of parameters) if (value !== 'access_denied') secrets.add(value);
    return `/pkb/callback?${parameters}`;
  }
  const echo = () => `Amara Okafor 9995924226 ${[...secrets].join(' ')}`;

  // Denied, started by another browser, refused by PKB with a body that repeats everything it was sent.
  await open(visitor, await open(visitor, await granted('Okafor', 'deny')));
  await open(other, await open(other, await granted()));
  simulator.next('token', { status: 400, body: { error: 'invalid_grant', error_description: echo() } });
  await open(visitor, await open(visitor, await granted()));
  simulator.next('token', { status: 500, body: echo() });
  await open(visitor, await open(visitor, await granted()));

  // PKB away, then the way to a link.
  const finish = await open(visitor, await granted());
  for (const status of [503, 401, 400, 200]) {
    simulator.next('purview', { status, body: echo() });
    if (status === 400) simulator.next('purview', { status, body: echo() });
    await open(visitor, finish);
  }
  await open(visitor, finish);
  const confirm = await open(visitor, '/pkb/confirm');
  await open(visitor, '/pkb/confirm', { linkId: linkIdIn(confirm) });
  await open(visitor, '/pkb/connected');

  // Another account comes with the same record, and this one with another record.
  appUserId = 'account-2';
  await open(visitor, await open(visitor, await granted()));
  appUserId = 'account-1';
  await open(visitor, await open(visitor, await granted('Whitfield')));
  await open(visitor, '/pkb/problem/different-patient?reference=0123abcd');

  // The verbs' own failures.
  const owner = {
    authorizationId: 'none',
    appUserId: 'account-1',
    browserSession: [...visitor.cookies.values()][0],
  };
  await fails(exchange(app, owner));
  await fails(identify(app, owner));
  await fails(request(app, { appUserId: 'account-1', url: `https://evil.example/?name=Okafor` }));
  for (const status of [401, 404, 429]) {
    now += 1_801_000;
    simulator.next('token', { status, body: { error: 'invalid_client', error_description: echo() } });
    await fails(refresh(app, { appUserId: 'account-1' }));
  }
  now += 1_801_000;
  await refresh(app, { appUserId: 'account-1' });
  for (const status of [401, 403, 404, 500]) {
    simulator.next('patient', { status, body: echo() });
    if (status === 401) simulator.next('patient', { status, body: echo() });
    await fails(patient(app, { appUserId: 'account-1' }));
  }
  simulator.next('patient', { status: 200, body: echo() });
  await fails(patient(app, { appUserId: 'account-1' }));
  simulator.next('patient', { body: { resourceType: 'Patient', id: 'other', name: [{ family: 'Okafor' }] } });
  await fails(patient(app, { appUserId: 'account-1' }));
  now += 1_801_000;
  for (const answer of [
    { status: 500, body: echo() },
    { status: 200, body: echo() },
    { drop: 'after-acting' },
  ] as const) {
    now += 60_000;
    simulator.next('token', answer);
    await fails(refresh(app, { appUserId: 'account-1' }));
  }

  // The partner's back end asks, with a key and without, and is told by webhooks that its receiver refuses.
  const { key } = await makeApiKey(app, { name: 'back end', access: 'read' });
  secrets.add(key).add(OWN_KEY);
  const routes = api(app, { apiKey: OWN_KEY });
  for (const [authorization, path, status] of [
    [`Bearer ${key}`, '/v1/links/account-1', 200],
    [`Bearer ${key}`, '/v1/links/account-1/no-such-thing', 404],
    [`Bearer ${key}x`, '/v1/links/account-1', 401],
    [`Basic ${key}`, '/v1/events', 401],
    [`Bearer ${OWN_KEY}`, '/v1/events', 200],
    [`Bearer ${OWN_KEY}`, `/v1/events?after=${key}`, 400],
    [`Bearer ${OWN_KEY}`, '/v1/links/account-2/fhir/Patient?name=Okafor', 404],
  ] as const) {
    const response = await routes.request(path, { headers: { authorization } });
    assert.equal(response.status, status, path);
    (response.ok ? seen.pages : seen.problemPages).push(await response.text());
  }
  await fails(makeApiKey(app, { name: '', access: 'read' }));
  const receiver = await startReceiver();
  t.after(() => receiver.close());
  receiver.answers(({ headers }) => ({ status: 500, body: `${SECRET} ${inspect(headers)}` }));
  secrets.add(SECRET).add(SECRET.slice('whsec_'.length));
  const webhook = createWebhook({ url: receiver.url, secrets: [SECRET], privateAddresses: true });
  t.after(() => webhook.close());
  await app.store.queueWebhooks();
  const atRest = () =>
    readdirSync(store, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
  const whileLinked = atRest();
  now += 60_000;
  await fails(refresh(app, { appUserId: 'account-1' }));
  await open(visitor, await open(visitor, await granted()));
  await open(visitor, '/pkb/disconnect', {});
  await open(visitor, '/pkb/disconnected');
  const stop = new AbortController();
  const delivering = deliver(app, { webhook, signal: stop.signal, retries: [] });
  await receiver.until((all) => all.some(({ type }) => type === 'link.unlinked'));
  stop.abort();
  await delivering;
  assert.ok((await app.store.listDeadLetters({ limit: 10 })).length > 0, 'what was not accepted is kept');
  seen.webhooks.push(...receiver.received.map(({ body }) => body));

  // What the simulator issued, whether or not we ever saw it: every code and token is 32 characters.
  const issued = readFileSync(join(folder, 'simulator.json'), 'utf8');
  for (const [token] of issued.matchAll(/(?<![\w-])[A-Za-z0-9_-]{32}(?![\w-])/g)) secrets.add(token);
  for (const { body } of simulator.received('token')) {
    const { code_verifier } = body as Record<string, string>;
    if (code_verifier) secrets.add(code_verifier);
  }
  for (const secret of visitor.cookies.values()) secrets.add(secret);
  secrets.delete('');
  return { seen, secrets, stored: `${whileLinked}\n${atRest()}` };
}

const PERSON = [
  'Okafor',
  'Amara',
  'Chidinma',
  '9995924226',
  '999 592 4226',
  'example.com',
  '1984-03-11',
  'Ropewalk',
  'Whitfield',
];

describe('the canary', () => {
  it('leaves no secret and no person where they must not be', async (t) => {
    const { seen, secrets, stored } = await wholeStory(t);
    assert.ok(secrets.size > 20, `only ${secrets.size} secrets were marked`);
    assert.ok(seen.logs.length > 20 && seen.addresses.length > 10 && seen.failures.length > 15);
    assert.ok(seen.problemPages.length > 8, String(seen.problemPages.length));

    const everywhere = { ...seen, database: [stored] };
    for (const [place, texts] of Object.entries(everywhere)) {
      for (const secret of secrets) {
        const leaked = texts.find((text) => text.includes(secret));
        assert.equal(leaked, undefined, `a secret is in ${place}`);
      }
    }
    const { pages: _, ...impersonal } = everywhere;
    for (const [place, texts] of Object.entries(impersonal)) {
      for (const trait of PERSON) {
        const leaked = texts.find((text) => text.includes(trait));
        assert.equal(leaked, undefined, `"${trait}" is in ${place}`);
      }
    }
    const publicId = '7c0369c8-325a-4480-934f-88d230e770d0';
    for (const place of ['logs', 'addresses', 'problemPages', 'failures'] as const) {
      assert.ok(!seen[place].some((text) => text.includes(publicId)), `the public id is in ${place}`);
    }
  });

  it('would find a leak: the page that may show the person does', async (t) => {
    const { seen, stored } = await wholeStory(t);
    assert.ok(seen.pages.some((page) => page.includes('Okafor') && page.includes('999 592 4226')));
    assert.ok(stored.includes('account-1'), 'the database file was read');
  });
});
