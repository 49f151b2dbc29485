import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { checkConfiguration } from '../../src/operator/doctor/configuration.ts';
import { room } from '../../src/operator/doctor/disk.ts';
import { examine } from '../../src/operator/doctor/examine.ts';
import type { Finding } from '../../src/operator/doctor/finding.ts';
import { parseKeyRing, seal } from '../../src/storage/seal.ts';
import { spoolEnding } from '../../src/storage/spool.ts';
import { linked } from '../flow/story.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { addLink, type Environment, run, storedStory, values } from './command-line.ts';

const key = (id: string) => `${id}:${Buffer.alloc(32, id).toString('base64')}`;
const SECRET = `whsec_${Buffer.from(Array.from({ length: 32 }, (_, n) => n * 7)).toString('base64')}`;

/** A good installation, and what it is with other variables. */
async function installation(t: TestContext) {
  const told = await storedStory(t);
  const path = (told.env.PKB_LINK_DATABASE_URL ?? '').slice('file:'.length);
  return {
    ...told,
    path,
    spool: `${path}.spool`,
    with: (changes: Environment) => ({ ...told.env, ...changes }),
  };
}

/** The one finding of a check, or of a setting of the configuration. */
function found(findings: readonly Finding[], what: string): Finding {
  const finding = findings.find(({ check, says }) => check === what || says.includes(what));
  assert.ok(finding, `nothing was found about ${what}: ${JSON.stringify(findings)}`);
  return finding;
}

/** Looks at an installation and asserts what is found about `check`: the verdict, what is wrong, what to do. */
async function finds(
  env: Environment,
  check: string,
  [verdict, says, remedy]: readonly [Finding['verdict'], RegExp, RegExp],
): Promise<void> {
  const finding = found(await examine(env), check);
  assert.equal(finding.verdict, verdict, finding.says);
  assert.match(finding.says, says);
  assert.match(finding.remedy ?? '', remedy);
}

/** A refreshed token that the database has not been given. */
async function leftInSpool({ app, spool }: Awaited<ReturnType<typeof installation>>, keys: string) {
  const name = `a.1${spoolEnding(app.store.scope)}`;
  await writeFile(`${spool}/${name}`, seal(parseKeyRing(keys), `spool:${name}`, '{}'), { mode: 0o600 });
}

/** Something that is not PKB. */
async function other(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering =
  (body: object, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/fhir+json', ...headers });
    response.end(JSON.stringify(body));
  };
const STATEMENT = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '3.0.2',
  rest: [{ operation: [{ name: 'purview' }] }],
};

describe('doctor', () => {
  it('says of a good installation that it is, and changes nothing', async (t) => {
    const { env, path } = await installation(t);
    const before = await readFile(path);
    const { code, stdout, stderr } = await run(['doctor'], env);
    assert.deepEqual([code, stderr], [0, ''], stdout);
    assert.ok(stdout.split('\n').length > 12);
    for (const line of stdout.trim().split('\n')) assert.match(line, /^pass {2}\S/);
    assert.deepEqual(await readFile(path), before);
    const listed = values((await run(['doctor', '--json'], env)).stdout);
    assert.ok(listed.every(({ verdict }) => verdict === 'pass'));
  });

  it('ends with 78 where something fails, with a line for each and no secret', async (t) => {
    const { env } = await installation(t);
    const { code, stdout, stderr } = await run(['doctor'], {
      ...env,
      PORT: 'many',
      PKB_LINK_WEBHOOK_URL: 'https://hooks.example/',
      PKB_LINK_WEBHOOK_SECRETS: 'whsec_canary',
      PKB_LINK_ENCRYPTION_KEYS: 'canary',
    });
    assert.equal(code, 78);
    assert.match(stderr, /3 of 3 checks failed/);
    assert.doesNotMatch(stdout + stderr, /canary/);
  });

  it('makes no database and no spool', async (t) => {
    const told = await installation(t);
    const url = `${told.env.PKB_LINK_DATABASE_URL}-of-nobody`;
    await finds(told.with({ PKB_LINK_DATABASE_URL: url }), 'database', [
      'fail',
      /cannot be read: unable to open/,
      /PKB_LINK_DATABASE_URL; a new database is made by pkb-link migrate/,
    ]);
    await assert.rejects(readFile(url.slice('file:'.length)), { code: 'ENOENT' });
    await assert.rejects(readFile(`${url.slice('file:'.length)}.spool`), { code: 'ENOENT' });
  });
});

describe('doctor, of the configuration', () => {
  it('finds every bad setting, not the first alone', () => {
    const { findings, sound } = checkConfiguration({
      PKB_ENVIRONMENT: 'ireland',
      PKB_CLIENT_AUTH: 'magic',
      PKB_TOKEN_ENDPOINT: 'http://pkb.example/token',
      PKB_LINK_WEBHOOK_URL: 'https://10.0.0.1/',
      PKB_LINK_WEBHOOK_SECRETS: 'weak',
      PKB_LINK_RETURN_ADDRESSES: 'javascript:alert(1)',
      PKB_LINK_ENCRYPTION_KEYS: 'short:AAAA',
      PORT: '70000',
    });
    assert.equal(sound, undefined);
    for (const [setting, says] of [
      ['PKB_CLIENT_ID', /is missing/],
      ['PKB_REDIRECT_URI', /is missing/],
      ['PKB_CLIENT_AUTH', /must be none, post or basic/],
      ['PKB_TOKEN_ENDPOINT', /must be https/],
      ['PKB_FHIR_BASE_URL', /is missing/],
      ['PKB_LINK_WEBHOOK_URL', /private address/],
      ['PKB_LINK_WEBHOOK_SECRETS', /random bytes/],
      ['PKB_LINK_RETURN_ADDRESSES', /must be paths/],
      ['PKB_LINK_ENCRYPTION_KEYS', /32 bytes/],
      ['PORT', /whole number/],
    ] as const) {
      const finding = found(findings, setting);
      assert.equal(finding.verdict, 'fail');
      assert.match(finding.says, says);
      assert.match(finding.remedy ?? '', new RegExp(`correct ${setting}`));
    }
  });

  it('finds a redirect address that nobody outside can come back to, or with a query', async (t) => {
    const told = await installation(t);
    const PKB_REDIRECT_URI = 'http://localhost:8080/pkb/callback';
    const elsewhere = {
      PKB_ENVIRONMENT: 'of-our-own',
      PKB_AUTHORIZATION_ENDPOINT: `${told.simulator.url}/apiAuthorize.action`,
      PKB_TOKEN_ENDPOINT: `${told.simulator.url}/apiToken.action`,
      PKB_FHIR_BASE_URL: `${told.simulator.url}/fhir`,
      PKB_REST_BASE_URL: `${told.simulator.url}/json`,
      PKB_LINK_RETURN_ADDRESSES: 'https://app.local/home',
    };
    await finds(told.with({ ...elsewhere, PKB_REDIRECT_URI }), 'redirect address', [
      'fail',
      /no public https address/,
      /register a public https address/,
    ]);
    await finds(told.with({ PKB_REDIRECT_URI: 'https://app.example/cb?a=1' }), 'redirect address', [
      'fail',
      /has a query/,
      /without one/,
    ]);
    await finds(told.with(elsewhere), 'return addresses', [
      'warn',
      /app\.local/,
      /PKB_LINK_RETURN_ADDRESSES/,
    ]);
  });
});

describe('doctor, of the database and the disk', () => {
  it('finds a file that is no database, and one that was not migrated', async (t) => {
    const told = await installation(t);
    await writeFile(`${told.path}.txt`, 'no database, and long enough to be taken for one '.repeat(20));
    await finds(told.with({ PKB_LINK_DATABASE_URL: `file:${told.path}.txt` }), 'database', [
      'fail',
      /not a database/,
      /PKB_LINK_DATABASE_URL/,
    ]);
    new DatabaseSync(`${told.path}.new`).exec('create table other (id text)');
    const env = told.with({ PKB_LINK_DATABASE_URL: `file:${told.path}.new` });
    await finds(env, 'database', ['fail', /lacks 1 of 1 migrations/, /pkb-link migrate/]);
    await finds(env, 'durability', ['fail', /not in WAL mode/, /local disk/]);
  });

  it('finds a database that is gone when its process is', async (t) => {
    const { with: env } = await installation(t);
    await finds(env({ PKB_LINK_DATABASE_URL: 'file::memory:' }), 'database', [
      'fail',
      /in memory/,
      /PKB_LINK_DATABASE_URL/,
    ]);
  });

  it('finds a key that is missing, in the database and in the spool', async (t) => {
    const told = await installation(t);
    await addLink(told.app.store, 'account-1');
    const env = told.with({ PKB_LINK_ENCRYPTION_KEYS: key('other') });
    await finds(env, 'keys', ['fail', /lacks the key "cli"/, /put the key back/]);
    await leftInSpool(told, key('gone'));
    await finds(env, 'spool', ['fail', /lacks the key "gone"/, /./]);
  });

  it('finds what waits in the spool, and a spool that is no folder', async (t) => {
    const told = await installation(t);
    await leftInSpool(told, told.env.PKB_LINK_ENCRYPTION_KEYS ?? '');
    await finds(told.env, 'spool', ['warn', /1 refreshed token waits/, /Never delete/]);
    await finds(told.with({ PKB_LINK_SPOOL: told.path }), 'spool', ['fail', /no folder/, /PKB_LINK_SPOOL/]);
  });

  it('finds files that others may read, and a disk with no room', async (t) => {
    const told = await installation(t);
    await chmod(told.path, 0o644);
    await mkdir(`${told.path}.open`, { mode: 0o755 });
    await finds(told.with({ PKB_LINK_SPOOL: `${told.path}.open` }), 'permissions', [
      'fail',
      /others may use .*links\.db, .*links\.db\.open/,
      /chmod go= /,
    ]);
    const mib = 1024 ** 2;
    assert.deepEqual(
      [room(50 * mib), room(500 * mib), room(5000 * mib)].map(({ verdict }) => verdict),
      ['fail', 'warn', 'pass'],
    );
  });

  it('finds an API key that can be guessed', async (t) => {
    const told = await installation(t);
    await finds(told.with({ PKB_LINK_API_KEY: 'secret' }), 'API keys', [
      'fail',
      /32 or more/,
      /PKB_LINK_API_KEY/,
    ]);
    const { PKB_LINK_API_KEY: _, ...without } = told.env;
    await finds(without, 'API keys', ['warn', /nobody can call/, /serve is not used/]);
  });

  it('finds dead letters', async (t) => {
    const told = await installation(t);
    const { store } = told.app;
    await store.queueWebhooks();
    await linked(told);
    await store.queueWebhooks();
    const [lease] = await store.leaseWebhooks({ limit: 1, forMs: 60_000 });
    assert.ok(lease && (await store.buryWebhook(lease, 'status 500')));
    await finds(told.env, 'dead letters', ['warn', /1 were never accepted/, /webhooks resend/]);
  });
});

describe('doctor, of PKB', () => {
  it('finds a client and a redirect address that PKB does not know', async (t) => {
    const told = await installation(t);
    const env = told.with({ PKB_CLIENT_ID: 'nobody' });
    await finds(env, 'token endpoint', ['fail', /does not accept this client/, /PKB_CLIENT_ID/]);
    await finds(told.with({ PKB_REDIRECT_URI: 'https://app.example/other' }), 'authorization endpoint', [
      'fail',
      /answers 400/,
      /exactly PKB_REDIRECT_URI/,
    ]);
  });

  it('finds endpoints where there is a web site, or nothing', async (t) => {
    const told = await installation(t);
    const site = await other(t, (_request, response) => response.end('<!doctype html><title>Hello</title>'));
    const env = told.with({
      PKB_TOKEN_ENDPOINT: `${site}/token`,
      PKB_FHIR_BASE_URL: site,
      PKB_REST_BASE_URL: site,
    });
    await finds(env, 'token endpoint', ['fail', /cannot be read/, /PKB_TOKEN_ENDPOINT/]);
    await finds(env, 'FHIR endpoint', ['fail', /no CapabilityStatement/, /PKB_FHIR_BASE_URL/]);
    await finds(env, 'REST endpoint', ['warn', /answers 200/, /PKB_REST_BASE_URL/]);
    const { url } = told.simulator;
    const nowhere = told.with({
      PKB_TOKEN_ENDPOINT: `${url}/nowhere`,
      PKB_AUTHORIZATION_ENDPOINT: `${url}/nowhere`,
    });
    await finds(nowhere, 'token endpoint', ['fail', /no token endpoint there \(404\)/, /PKB_TOKEN_ENDPOINT/]);
    await finds(nowhere, 'authorization endpoint', ['fail', /answers 404/, /PKB_AUTHORIZATION_ENDPOINT/]);
  });

  it('finds that nobody answers', async (t) => {
    const told = await installation(t);
    await told.simulator.close();
    for (const [check, setting] of [
      ['token endpoint', /PKB_TOKEN_ENDPOINT/],
      ['FHIR endpoint', /PKB_FHIR_BASE_URL/],
      ['authorization endpoint', /PKB_AUTHORIZATION_ENDPOINT/],
      ['REST endpoint', /PKB_REST_BASE_URL/],
    ] as const) {
      await finds(told.env, check, ['fail', /could not be reached/, setting]);
    }
  });

  it('finds another version of FHIR, a lack of $purview, and a clock that is wrong', async (t) => {
    const told = await installation(t);
    const date = new Date(Date.now() + 600_000).toUTCString();
    const r4 = await other(t, answering({ ...STATEMENT, fhirVersion: '4.0.1' }, { Date: date }));
    const env = told.with({ PKB_FHIR_BASE_URL: r4 });
    await finds(env, 'FHIR endpoint', ['fail', /does not speak FHIR STU3/, /Facade/]);
    await finds(env, 'clock', ['warn', /\d{3} s behind PKB's/, /NTP/]);
    const bare = await other(t, answering({ ...STATEMENT, rest: [{}] }));
    await finds(told.with({ PKB_FHIR_BASE_URL: bare }), 'FHIR endpoint', ['fail', /\$purview/, /ask PKB/]);
  });
});

describe('doctor, of webhooks', () => {
  it('finds a receiver that cannot be found, and one at an address that is not sent to', async (t) => {
    const told = await installation(t);
    const at = (url: string) => told.with({ PKB_LINK_WEBHOOK_URL: url, PKB_LINK_WEBHOOK_SECRETS: SECRET });
    await finds(at('https://hooks.invalid/'), 'webhook receiver', [
      'fail',
      /hooks\.invalid cannot be found/,
      /PKB_LINK_WEBHOOK_URL/,
    ]);
    await finds(at('https://localhost/'), 'webhook receiver', [
      'fail',
      /not sent to/,
      /PKB_LINK_WEBHOOK_PRIVATE=yes/,
    ]);
  });
});

describe('doctor, of PostgreSQL', withoutPostgres, () => {
  const server = postgresServer();

  it('finds a server that may forget, tables that are not there, and nobody at an address', async (t) => {
    const told = await installation(t);
    const PKB_LINK_SPOOL = told.spool;
    const url = await server.newDatabase();
    const env = told.with({ PKB_LINK_DATABASE_URL: url, PKB_LINK_SPOOL });
    await finds(env, 'database', ['fail', /lacks 1 of 1 migrations/, /pkb-link migrate/]);
    assert.deepEqual(await server.query("select 1 from pg_tables where schemaname = 'public'", url), []);
    assert.equal((await run(['migrate'], env)).code, 0);
    await finds(env, 'database', ['pass', /tables of this version/, /^$/]);
    await finds(env, 'durability', ['fail', /fsync/, /to on/]);
    const nobody = told.with({ PKB_LINK_DATABASE_URL: 'postgres://a:canary@127.0.0.1:1/b', PKB_LINK_SPOOL });
    await finds(nobody, 'database', ['fail', /nobody answers at 127\.0\.0\.1:1 /, /make the server well/]);
    assert.doesNotMatch(JSON.stringify(await examine(nobody)), /canary/);
    const odd = told.with({
      PKB_LINK_DATABASE_URL: 'postgres://a:secret/canary@127.0.0.1/b',
      PKB_LINK_SPOOL,
    });
    await finds(odd, 'database', ['fail', /percent-encoded/, /PKB_LINK_DATABASE_URL/]);
    assert.doesNotMatch(JSON.stringify(await examine(odd)), /canary/);
  });
});
