import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Webhook as Verifier } from 'standardwebhooks';
import { readTenants } from '../../src/cli/tenants.ts';
import { type Simulator, startSimulator } from '../../src/simulator.ts';
import { answerAtPkb, personNamed } from '../flow/story.ts';
import { linkIdIn } from '../http/pages-for-test.ts';
import { NEXT_SECRET, type Receiver, SECRET, startReceiver } from '../webhook/receiver.ts';
import { BIN, type Environment, folder, run, spawned, start, values } from './command-line.ts';

const ORIGIN = 'https://link.example';
const NAMES = ['acme', 'birch'] as const;
type Name = (typeof NAMES)[number];

/** The pages of one are below its own name, where its API is too; those of the other are not. */
const PAGES: Readonly<Record<Name, string>> = { acme: '/acme', birch: '/records/birch' };

const SECRETS: Readonly<Record<Name, string>> = { acme: SECRET, birch: NEXT_SECRET };

function settings(name: string, pages: string, more: Environment = {}): Environment {
  return {
    PKB_ENVIRONMENT: 'simulator',
    PKB_CLIENT_ID: `client-${name}`,
    PKB_REDIRECT_URI: `${ORIGIN}${pages}/callback`,
    PKB_LINK_DATABASE_URL: 'file::memory:',
    PKB_LINK_API_KEY: keyOf(name),
    PKB_LINK_RETURN_ADDRESSES: `https://${name}.example/linked`,
    PKB_LINK_APP_NAME: name,
    PKB_LINK_ORGANISATION: `${name} clinic`,
    PKB_LINK_SUPPORT_CONTACT: 'Call 01632 960 001.',
    PKB_LINK_HOME_URL: `https://${name}.example/`,
    ...more,
  };
}

const keyOf = (name: string) => `key-of-${name}-0123456789abcdef0123456789`;

async function envFile(path: string, env: Environment): Promise<string> {
  await writeFile(
    path,
    Object.entries(env)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  );
  return path;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One process that serves both, on one database or on two. */
async function served(t: TestContext, databases: 1 | 2) {
  const home = await folder(t);
  const simulator = await startSimulator({
    clients: NAMES.map((name) => ({
      clientId: `client-${name}`,
      owner: `${name} clinic`,
      product: name,
      redirectUris: [`${ORIGIN}${PAGES[name]}/callback`],
    })),
  });
  t.after(() => simulator.close());
  const files: Record<string, string> = {};
  const receivers: Record<Name, Receiver> = { acme: await startReceiver(), birch: await startReceiver() };
  for (const name of NAMES) {
    t.after(() => receivers[name].close());
    files[name] = await envFile(
      join(home, `${name}.env`),
      settings(name, PAGES[name], {
        PKB_SIMULATOR_URL: simulator.url,
        PKB_LINK_DATABASE_URL: `file:${join(home, databases === 1 ? 'links' : name)}.db`,
        PKB_LINK_WEBHOOK_URL: receivers[name].url,
        PKB_LINK_WEBHOOK_SECRETS: SECRETS[name],
        PKB_LINK_WEBHOOK_PRIVATE: 'yes',
        PKB_LINK_METRICS_ADDRESS: '127.0.0.1:0',
      }),
    );
  }
  const tenants = NAMES.map((name) => `${name}=${files[name]}`);
  const process = await start(t, ['serve', '--tenant', ...tenants], { PORT: '0' });

  async function ask(name: Name, method: string, path: string, more: Asking = {}): Promise<Answer> {
    const response = await fetch(`${process.url}/${name}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${more.key ?? keyOf(name)}`,
        'content-type': 'application/json',
        ...more.headers,
      },
      ...(more.body && { body: JSON.stringify(more.body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }
  const places = process.ready.tenants as { readonly tenant: Name; readonly metrics_url: string }[];
  const metricsUrls = Object.fromEntries(places.map(({ tenant, metrics_url: at }) => [tenant, at])) as Record<
    Name,
    string
  >;
  return { ...process, simulator, files, receivers, metricsUrls, ask };
}

interface Asking {
  readonly key?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

type Served = Awaited<ReturnType<typeof served>>;

/** A patient's browser: it has one jar of cookies for the one origin, and the proxy leads it to the service. */
function visitor({ url }: Served, cookies = new Map<string, string>()) {
  async function send(path: string, init: RequestInit = {}) {
    const response = await fetch(url + path, {
      ...init,
      redirect: 'manual',
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'sec-fetch-site': 'same-origin',
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return {
      status: response.status,
      to: response.headers.get('location') ?? '',
      text: await response.text(),
    };
  }
  return {
    cookies,
    get: (path: string) => send(path),
    post: (path: string, fields: Record<string, string> = {}) =>
      send(path, { method: 'POST', body: new URLSearchParams(fields) }),
  };
}

type Visitor = ReturnType<typeof visitor>;

const pathOf = (url: unknown) => {
  const { pathname, search } = new URL(String(url), ORIGIN);
  return pathname + search;
};

async function arranged({ ask }: Served, name: Name) {
  const made = await ask(name, 'POST', '/link-sessions', {
    body: { app_user_id: 'ada', return_url: `https://${name}.example/linked` },
    headers: { 'idempotency-key': 'the-same-with-both' },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return { id: String(made.body.id), path: pathOf(made.body.url) };
}

/** From the address of the link session to what PKB answers; the browser has not come back with it. */
async function atPkb(patient: Visitor, simulator: Simulator, name: Name, path: string) {
  assert.equal((await patient.get(path)).to, `${PAGES[name]}/start`);
  const { to } = await patient.post(`${PAGES[name]}/authorize`);
  return answerAtPkb(new URL(to), personNamed(simulator, 'Okafor'));
}

for (const databases of [1, 2] as const) {
  describe(`two tenants on ${databases === 1 ? 'one database' : 'two databases'}`, () => {
    it('each link the same account to the same record, and neither knows anything of the other', async (t) => {
      const all = await served(t, databases);
      const { ask, simulator, receivers, url } = all;
      const patient = visitor(all);
      const [acme, birch] = [await arranged(all, 'acme'), await arranged(all, 'birch')];
      assert.notEqual(acme.id, birch.id, 'an Idempotency-Key is each tenant’s own');

      // One browser is on the way with both at once.
      const elsewhere = `${PAGES.birch}${acme.path.slice(PAGES.acme.length)}`;
      assert.doesNotMatch((await patient.get(elsewhere)).to, /start/, 'a link session’s address');
      const answers = {
        acme: await atPkb(patient, simulator, 'acme', acme.path),
        birch: await atPkb(patient, simulator, 'birch', birch.path),
      };
      const astray = await patient.get(`${PAGES.birch}/callback?${answers.acme}`);
      assert.match(astray.to, /\/problem\/state-unknown/, 'an answer of PKB');

      for (const [name, other] of [NAMES, [...NAMES].reverse() as unknown as typeof NAMES]) {
        const { id } = { acme, birch }[name];
        const back = await patient.get(`${PAGES[name]}/callback?${answers[name]}`);
        assert.ok(back.to.startsWith(`https://${name}.example/linked?`), back.to);
        const completion = new URL(back.to).searchParams.get('completion') ?? '';
        const body = { app_user_id: 'ada', completion };
        const strange = await ask(other, 'POST', `/link-sessions/${id}/complete`, { body });
        assert.equal(strange.status, 404, 'a completion');
        assert.equal((await ask(other, 'GET', `/link-sessions/${id}`)).status, 404, 'a link session');

        const done = await ask(name, 'POST', `/link-sessions/${id}/complete`, { body });
        assert.equal(done.status, 200, JSON.stringify(done.body));
        const next = pathOf(done.body.next_url);
        const misled = await visitor(all, new Map(patient.cookies)).get(
          PAGES[other] + next.slice(PAGES[name].length),
        );
        assert.doesNotMatch(misled.to, /finish/, 'a vouching');
        const finish = (await patient.get(next)).to;
        assert.equal((await patient.get(finish)).to, `${PAGES[name]}/confirm`);
        const question = await patient.get(`${PAGES[name]}/confirm`);
        const linkId = linkIdIn(question.text);

        const swapped = visitor(all, renamed(patient.cookies, name, other));
        assert.equal((await swapped.get(`${PAGES[other]}/confirm`)).status, 404, 'a cookie');
        await swapped.post(`${PAGES[other]}/confirm`, { linkId });
        assert.equal((await ask(name, 'GET', '/links/ada')).body.state, 'proposed', 'a link id');

        assert.ok(
          (await patient.post(`${PAGES[name]}/confirm`, { linkId })).to.startsWith(`https://${name}.`),
        );
      }

      const seen = await Promise.all(
        NAMES.map(async (name) => {
          const { links } = (await ask(name, 'GET', '/links')).body as { links: Record<string, unknown>[] };
          const { events } = (await ask(name, 'GET', '/events')).body as { events: { id: string }[] };
          const token = await ask(name, 'POST', '/links/ada/access-token');
          return { links, events: events.map(({ id }) => id), token: token.body.access_token };
        }),
      );
      const [one, two] = seen as [(typeof seen)[0], (typeof seen)[0]];
      for (const { links } of seen) {
        assert.deepEqual(
          links.map((link) => [link.app_user_id, link.state, link.pkb_public_id]),
          [['ada', 'active', personNamed(simulator, 'Okafor').publicId]],
        );
      }
      assert.notEqual(one.links[0]?.link, two.links[0]?.link);
      assert.notEqual(one.token, two.token);
      assert.ok(one.events.length > 0 && two.events.length > 0);
      assert.deepEqual(
        one.events.filter((id) => two.events.includes(id)),
        [],
      );

      assert.equal((await ask('birch', 'GET', `/events?after=${one.events[0]}`)).status, 400, 'an event');

      for (const [method, path] of [
        ['GET', '/links'],
        ['GET', '/links/ada'],
        ['GET', '/events'],
        ['GET', '/links/ada/demographics'],
        ['DELETE', '/links/ada'],
        ['POST', '/links/ada/access-token'],
        ['POST', '/link-sessions'],
      ] as const) {
        assert.equal(
          (await ask('birch', method, path, { key: keyOf('acme') })).status,
          401,
          `${method} ${path}`,
        );
      }
      const withoutTenant = await fetch(`${url}/v1/links`, {
        headers: { authorization: `Bearer ${keyOf('acme')}` },
      });
      assert.equal(withoutTenant.status, 404);

      assert.equal((await ask('acme', 'DELETE', '/links/ada')).body.state, 'unlinked');
      assert.equal((await ask('birch', 'GET', '/links/ada')).body.state, 'active');
      for (const [name, active] of [
        ['acme', '0'],
        ['birch', '1'],
      ] as const) {
        const text = await (await fetch(all.metricsUrls[name])).text();
        assert.equal(/^pkb_link_links{state="active",.*} (\d+)$/m.exec(text)?.[1] ?? '0', active, 'a count');
      }

      for (const name of NAMES) {
        const { events } = (await ask(name, 'GET', '/events')).body as { events: { id: string }[] };
        const { received, until } = receivers[name];
        await until((sent) => sent.length >= events.length);
        assert.deepEqual(
          received.map(({ id }) => id),
          events.map(({ id }) => id),
          'webhooks',
        );
        for (const { body, headers } of received) {
          assert.ok(new Verifier(SECRETS[name]).verify(body, headers as Record<string, string>));
        }
      }
    });
  });
}

describe('serve --tenant', () => {
  it('says where each is, names the tenant in its log, and lets each command work on one by its file', async (t) => {
    const { url, ask, files, metricsUrls, child, ended } = await served(t, 1);
    for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(url + path)).status, 200);
    const made = spawned(
      [`--env-file=${files.acme}`, BIN, 'api-keys', 'create', 'jobs', '--access', 'read'],
      {},
    );
    const { stdout } = await made.ended;
    const key = stdout.trim();
    assert.equal((await ask('acme', 'GET', '/links', { key })).status, 200);
    assert.equal((await ask('birch', 'GET', '/links', { key })).status, 401);
    assert.equal((await ask('birch', 'GET', '/links/nobody')).status, 404);
    child.kill('SIGTERM');
    const end = await ended;
    assert.equal(end.code, 0, end.stderr);
    assert.deepEqual(values(end.stdout), [
      {
        url,
        tenants: NAMES.map((name) => ({
          tenant: name,
          url: `${url}/${name}`,
          pages_url: ORIGIN + PAGES[name],
          metrics_url: metricsUrls[name],
        })),
      },
    ]);
    assert.deepEqual(
      values(end.stderr).map(({ msg, tenant, code }) => [msg, tenant, code]),
      [['failure', 'birch', 'unknown-link']],
    );
  });

  it('refuses two that clash, names both and the setting', async (t) => {
    const home = await folder(t);
    const database = `file:${join(home, 'links.db')}`;
    await mkdir(join(home, 'real'));
    await symlink(join(home, 'real'), join(home, 'alias'));
    const clashes: readonly (readonly [string, Environment, Environment, string])[] = [
      [
        'client, environment and database',
        { PKB_CLIENT_ID: 'one', PKB_LINK_DATABASE_URL: database },
        { PKB_CLIENT_ID: 'one', PKB_LINK_DATABASE_URL: database.slice('file:'.length) },
        'PKB_CLIENT_ID',
      ],
      [
        'a database by two names of its folder',
        { PKB_CLIENT_ID: 'one', PKB_LINK_DATABASE_URL: `file:${join(home, 'real', 'links.db')}` },
        { PKB_CLIENT_ID: 'one', PKB_LINK_DATABASE_URL: `file:${join(home, 'alias', 'links.db')}` },
        'PKB_CLIENT_ID',
      ],
      [
        'a database of PostgreSQL, whoever asks for it',
        { PKB_CLIENT_ID: 'one', PKB_LINK_DATABASE_URL: 'postgres://a:x@db.example/links' },
        { PKB_CLIENT_ID: 'one', PKB_LINK_DATABASE_URL: 'postgresql://b:y@db.example:5432/links?pool_size=3' },
        'PKB_CLIENT_ID',
      ],
      ['a redirect address', {}, { PKB_REDIRECT_URI: `${ORIGIN}/one/callback` }, 'PKB_REDIRECT_URI'],
      ['pages below pages', {}, { PKB_REDIRECT_URI: `${ORIGIN}/one/two/callback` }, 'PKB_REDIRECT_URI'],
      ['pages where an API is', {}, { PKB_REDIRECT_URI: `${ORIGIN}/acme/x/callback` }, 'PKB_REDIRECT_URI'],
      ['an API key', {}, { PKB_LINK_API_KEY: keyOf('acme') }, 'PKB_LINK_API_KEY'],
    ];
    for (const [what, one, other, setting] of clashes) {
      const files = [
        `acme=${await envFile(join(home, 'a.env'), settings('acme', '/one', one))}`,
        `birch=${await envFile(join(home, 'b.env'), settings('birch', '/two', other))}`,
      ];
      for (const given of [files, files.toReversed()]) {
        assert.throws(() => readTenants(given), { setting, message: /acme.*birch|birch.*acme/ }, what);
      }
    }
  });

  it('takes what does not clash: another database, client or environment, another origin', async (t) => {
    const home = await folder(t);
    const database = `file:${join(home, 'links.db')}`;
    const one = { PKB_CLIENT_ID: 'one', PKB_LINK_DATABASE_URL: database };
    const others: readonly Environment[] = [
      { ...one, PKB_LINK_DATABASE_URL: `${database}2` },
      { ...one, PKB_CLIENT_ID: 'two' },
      {
        ...one,
        PKB_ENVIRONMENT: 'sandbox',
        PKB_LINK_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
      },
      { PKB_REDIRECT_URI: 'https://other.example/one/callback' },
    ];
    for (const other of others) {
      const given = [
        `acme=${await envFile(join(home, 'a.env'), settings('acme', '/one', one))}`,
        `birch=${await envFile(join(home, 'b.env'), settings('birch', '/two', other))}`,
      ];
      assert.deepEqual(
        readTenants(given).map(({ name }) => name),
        NAMES,
      );
    }
  });

  it('refuses a name or file that it cannot use, and says of a setting whose it is', async (t) => {
    const home = await folder(t);
    const file = await envFile(join(home, 'a.env'), settings('acme', '/one'));
    const bad = [
      `Acme=${file}`,
      `=${file}`,
      `${'a'.repeat(33)}=${file}`,
      `v1=${file}`,
      'acme',
      'acme=',
      `a/b=${file}`,
    ];
    for (const given of bad) assert.throws(() => readTenants([given]), { code: 'bad-input' }, given);
    assert.throws(() => readTenants([`acme=${home}/none`]), {
      message: /none of tenant acme cannot be read/,
    });
    assert.throws(() => readTenants([`acme=${file}`, `acme=${file}`]), { message: /acme twice/ });
    const port = await envFile(join(home, 'p.env'), settings('acme', '/one', { PORT: '80' }));
    assert.throws(() => readTenants([`acme=${port}`]), { setting: 'PORT', message: /tenant acme/ });

    const keyless = await envFile(join(home, 'k.env'), settings('birch', '/two', { PKB_LINK_API_KEY: '' }));
    const ended = await run(['serve', '--tenant', `acme=${file}`, '--tenant', `birch=${keyless}`], {
      PORT: '0',
    });
    assert.deepEqual([ended.code, ended.stdout], [78, '']);
    assert.match(
      ended.stderr,
      /^pkb-link: PKB_LINK_API_KEY: is missing.*\(tenant birch\) \[bad-configuration\]\n$/,
    );
  });
});

/** The jar in which the cookies of `from` are called as those of `to` are. */
function renamed(cookies: ReadonlyMap<string, string>, from: Name, to: Name): Map<string, string> {
  const changed = [...cookies].flatMap(([name, value]): [string, string][] =>
    name.includes(`${from}.`) ? [[name.replace(`${from}.`, `${to}.`), value]] : [],
  );
  assert.equal(changed.length, 2, 'the browser session and the vouching');
  return new Map(changed);
}
