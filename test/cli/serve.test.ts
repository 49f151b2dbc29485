import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { refresh } from '../../src/flow/refresh.ts';
import { linked } from '../flow/story.ts';
import {
  API_KEY,
  BIN,
  type Environment,
  run,
  spawned,
  start,
  storedStory,
  takenPort,
  values,
} from './command-line.ts';

const authorized = { headers: { authorization: `Bearer ${API_KEY}` } };

const HOSTED: Environment = {
  PKB_LINK_APP_NAME: 'Ridgeway',
  PKB_LINK_ORGANISATION: 'Ridgeway Clinic',
  PKB_LINK_SUPPORT_CONTACT: 'Call 01632 960 001.',
  PKB_LINK_HOME_URL: 'https://app.example/',
  PKB_LINK_RETURN_ADDRESSES: 'https://app.example/linked',
};

describe('serve', () => {
  const simulated: Environment = {
    PKB_ENVIRONMENT: 'simulator',
    PKB_LINK_DATABASE_URL: 'file::memory:',
    PKB_LINK_API_KEY: 'x'.repeat(32),
  };

  it('names the setting and the remedy in one line for what it cannot use', async (t) => {
    const port = await takenPort(t);
    const mistakes: readonly (readonly [Environment, RegExp])[] = [
      [{ PKB_LINK_API_KEY: '' }, /PKB_LINK_API_KEY: is missing: .*openssl rand -hex 32/],
      [{ PKB_LINK_API_KEY: 'short-canary' }, /PKB_LINK_API_KEY: must be 32 or more/],
      [{ PKB_LINK_API_KEY: `canary ${'x'.repeat(32)}` }, /PKB_LINK_API_KEY: must be 32 or more/],
      [{ PKB_LINK_APP_NAME: 'Ridgeway' }, /PKB_LINK_ORGANISATION: is missing: .*API alone/],
      [{ ...HOSTED, PKB_LINK_HOME_URL: '/' }, /PKB_LINK_HOME_URL: must be a whole address/],
      [{ ...HOSTED, PKB_LINK_RETURN_ADDRESSES: '/home' }, /PKB_LINK_RETURN_ADDRESSES: needs a whole address/],
      [{ ...HOSTED, PKB_LINK_ACCENT_COLOUR: '#ffff00' }, /PKB_LINK_ACCENT_COLOUR: has a contrast of 1\.0/],
      [{ PORT: port }, /PORT: \d+ is in use: choose another/],
      [{ PORT: '0', PKB_LINK_HOST: '192.0.2.1' }, /PKB_LINK_HOST: is not an address of this machine/],
      [
        { PORT: '0', PKB_LINK_METRICS_ADDRESS: `localhost:${port}` },
        /PKB_LINK_METRICS_ADDRESS: \d+ is in use/,
      ],
      [{ PKB_LINK_METRICS_ADDRESS: 'yes' }, /PKB_LINK_METRICS_ADDRESS: must be an address and a port/],
    ];
    const ended = await Promise.all(mistakes.map(([env]) => run(['serve'], { ...simulated, ...env })));
    for (const [place, { code, stdout, stderr }] of ended.entries()) {
      assert.deepEqual([code, stdout], [78, ''], stderr);
      assert.match(stderr, /^pkb-link: [^\n]+ \[bad-configuration\]\n$/);
      assert.match(stderr, mistakes[place]?.[1] ?? /^$/);
      assert.doesNotMatch(stderr, /canary/);
    }
  });

  it('prints its address when it is ready, serves the API there, and ends with 0 when it is told to stop', async (t) => {
    const told = await storedStory(t);
    const active = await linked(told);
    const { accessToken } = await refresh(told.app, { appUserId: active.appUserId });
    const { url, child, ended } = await start(t, ['serve'], told.env);
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetch(url + path);
      assert.deepEqual([response.status, await response.json()], [200, { status: 'ok' }]);
    }
    const one = `${url}/v1/links/${active.appUserId}`;
    const link = await fetch(one, authorized);
    assert.equal(((await link.json()) as { pkb_public_id: string }).pkb_public_id, active.publicId);
    const token = await fetch(`${one}/access-token`, { ...authorized, method: 'POST' });
    assert.equal(((await token.json()) as { access_token: string }).access_token, accessToken);
    const unknown = await fetch(`${url}/v1/links/nobody`, authorized);
    assert.equal(unknown.status, 404);
    assert.equal(unknown.headers.get('content-type'), 'application/problem+json');
    assert.equal((await fetch(one)).status, 401);
    assert.equal((await fetch(one, { ...authorized, method: 'DELETE' })).status, 200);

    child.kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, stdout], [0, `{"url":"${url}"}\n`]);
    const logged = values(stderr);
    assert.deepEqual(
      logged.map(({ msg, code, reason }) => [msg, code ?? reason]),
      [
        ['failure', 'unknown-link'],
        ['link.unlinked', 'asked'],
      ],
    );
    for (const { time } of logged) assert.ok(!Number.isNaN(Date.parse(String(time))));
    for (const secret of [API_KEY, accessToken, active.publicId, told.env.PKB_LINK_ENCRYPTION_KEYS ?? '']) {
      assert.ok(!stderr.includes(secret));
    }
  });

  it('hosts the pages beside the API where it knows whom they speak for, and says where', async (t) => {
    const { env } = await storedStory(t);
    const { url, child, ended } = await start(t, ['serve'], { ...env, ...HOSTED });
    const pagesUrl = 'https://app.example/pkb';
    const made = await fetch(`${url}/v1/link-sessions`, {
      method: 'POST',
      headers: { ...authorized.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ app_user_id: 'ada', return_url: 'https://app.example/linked' }),
    });
    assert.equal(made.status, 201);
    const { url: address } = (await made.json()) as { url: string };
    assert.ok(address.startsWith(`${pagesUrl}/session/`), 'the public origin is the redirect address’s');
    const opened = await fetch(url + new URL(address).pathname, { redirect: 'manual' });
    assert.equal(opened.headers.get('location'), '/pkb/start');
    assert.match(opened.headers.get('set-cookie') ?? '', /^__Host-pkb-link=[\w-]{43}; .*HttpOnly; Secure/);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/pkbx`)).headers.get('content-type'), 'application/problem+json');
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, stdout], [0, `${JSON.stringify({ url, pages_url: pagesUrl })}\n`]);
    assert.ok(!stderr.includes(address.split('/').at(-1) ?? ''));
  });

  it('lets its metrics be read where it is told to, and only there', async (t) => {
    const told = await storedStory(t);
    await linked(told);
    const env = { ...told.env, PKB_LINK_METRICS_ADDRESS: '127.0.0.1:0' };
    const child = spawned([BIN, 'serve', '--json'], env);
    t.after(() => child.child.kill('SIGKILL'));
    const [first] = await once(child.child.stdout, 'data');
    const { url, metrics_url: metricsUrl } = JSON.parse(String(first));
    await fetch(`${url}/v1/links/account-1`, authorized);
    const scraped = await fetch(metricsUrl);
    assert.match(scraped.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await scraped.text();
    for (const line of [
      'pkb_link_links{state="active",health="fresh"} 1',
      'pkb_link_http_requests_total{route="/v1/links/:app_user_id",status="2xx"} 1',
      'pkb_link_spool_entries 0',
    ]) {
      assert.ok(text.split('\n').includes(line), line);
    }
    assert.match(text, /^process_resident_memory_bytes \d/m);
    assert.equal((await fetch(`${url}/metrics`)).status, 404);
    assert.equal((await fetch(new URL('/v1/links', metricsUrl), authorized)).status, 404);
    child.child.kill('SIGTERM');
    assert.equal((await child.ended).code, 0);
  });

  it('answers what it was asked before it stops', async (t) => {
    const { one, child, ended, refreshing } = await withSlowRefresh(t);
    const answer = fetch(`${one}/access-token`, { ...authorized, method: 'POST' });
    await refreshing();
    child.kill('SIGTERM');
    assert.equal((await answer).status, 200);
    const { code, stderr } = await ended;
    assert.equal(code, 0);
    assert.deepEqual(
      values(stderr).map(({ msg }) => msg),
      ['refresh.saved'],
    );
  });

  it('keeps the tokens of a refresh whose caller gave up, though it is told to stop meanwhile', async (t) => {
    const { one, child, ended, refreshing, app } = await withSlowRefresh(t);
    const caller = new AbortController();
    const { signal } = caller;
    const answer = fetch(`${one}/access-token`, { ...authorized, method: 'POST', signal });
    await refreshing();
    caller.abort();
    await assert.rejects(answer, { name: 'AbortError' });
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
    const link = await app.store.findLink('account-1');
    assert.deepEqual([link?.state, link?.health, link?.refreshable], ['active', 'fresh', true]);
    assert.ok(link?.accessTokenExpiresAt && link.accessTokenExpiresAt > new Date());
  });

  it('hands out no token that another process has ended, whatever it has in memory', async (t) => {
    const told = await storedStory(t);
    const [one, other] = await Promise.all([start(t, ['serve'], told.env), start(t, ['serve'], told.env)]);
    for (const familyName of ['Okafor', 'Whitfield', 'Holloway']) {
      const { appUserId } = await linked(told, { appUserId: familyName.toLowerCase(), familyName });
      const post = { ...authorized, method: 'POST' };
      const ask = async () => (await fetch(`${one.url}/v1/links/${appUserId}/access-token`, post)).status;
      assert.equal(await ask(), 200);
      let hasEnded = false;
      const callers = Array.from({ length: 8 }, async () => {
        for (;;) {
          const isLate = hasEnded;
          const status = await ask();
          if (status === 404) return;
          assert.equal(status, 200);
          assert.ok(!isLate, 'a token for who asked when it had ended');
        }
      });
      const unlinked = await fetch(`${other.url}/v1/links/${appUserId}`, { ...authorized, method: 'DELETE' });
      hasEnded = true;
      assert.equal(unlinked.status, 200);
      await Promise.all(callers);
    }
  });

  it('refreshes what nobody has used for so long, where it is asked to, and says so', async (t) => {
    const { app, simulator, env } = await grantedDaysAgo(t, 3);
    const { child, ended } = await start(t, ['serve'], { ...env, PKB_LINK_KEEP_UNUSED_DAYS: '2' });
    const refreshed = async () =>
      ((await app.store.findLink('account-1'))?.accessTokenExpiresAt ?? new Date(0)) > new Date();
    while (!(await refreshed())) await pause(5);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    assert.equal(code, 0);
    assert.deepEqual(
      values(stderr).map(({ msg }) => msg),
      ['refresh.saved', 'keep.progress', 'keep.done'],
    );
    assert.equal(simulator.received('token').length, 2);
  });

  it('is not kept by connections that ask nothing, or never finish asking', async (t) => {
    const { env } = await storedStory(t);
    const { url, child, ended } = await start(t, ['serve'], env);
    const sockets = ['', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n'].map((begun) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(begun));
      socket.on('error', () => {});
      t.after(() => socket.destroy());
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
  });
});

async function grantedDaysAgo(t: TestContext, days: number) {
  const told = await storedStory(t, { app: { now: () => new Date(Date.now() - days * 86_400_000) } });
  await linked(told);
  return told;
}

/** A process that serves one link, whose access token is over and whose refresh is answered slowly. */
async function withSlowRefresh(t: TestContext) {
  const anHourAgo = () => new Date(Date.now() - 3_600_000);
  const told = await storedStory(t, { app: { now: anHourAgo } });
  const active = await linked(told);
  told.simulator.next('token', { delayMs: 300 });
  const before = told.simulator.received('token').length;
  const started = await start(t, ['serve'], told.env);
  return {
    ...told,
    ...started,
    one: `${started.url}/v1/links/${active.appUserId}`,
    /** Resolves when PKB has been sent the refresh token. */
    async refreshing() {
      while (told.simulator.received('token').length === before) await pause(2);
    },
  };
}
