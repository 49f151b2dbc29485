import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { App } from '../../src/app.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { api } from '../../src/http/api/api.ts';
import { erasePerson } from '../../src/operator/erase-person.ts';
import { verifyAudit } from '../../src/operator/verify-audit.ts';
import { addLink } from '../cli/command-line.ts';
import { answerAtPkb, granted, linked, personNamed, type Story, story } from '../flow/story.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';

const API_KEY = 'key-of-the-partner-0123456789abcdef';
const RETURN_URL = 'https://app.example/linked';
const KEYS = `erase:${Buffer.alloc(32, 'erase').toString('base64')}`;
/** Not as any key of ours, or of the simulator's, could happen to look. */
const GONE = 'canary+gone@7d1f';
const STAYS = 'canary+stays@93ab';
const BROWSER = 'browser-of-the-one-who-goes-128-bits';
const EXPECTED = { birthDate: '1984-03-11', familyName: 'Okafor', nhsNumber: '9995924226' };

const server = postgresServer();

interface Place {
  readonly databaseUrl: string;
  readonly spool: string;
  /** All that there is of the database, and the files of the spool. */
  stored(): Promise<string>;
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pkb-link-erase-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function filesIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'latin1')}`)
    .join('\n');
}

function onSqlite(t: TestContext): Place {
  const folder = folderOf(t);
  return {
    databaseUrl: `file:${join(folder, 'links.db')}`,
    spool: join(folder, 'spool'),
    stored: async () => filesIn(folder),
  };
}

async function onPostgres(t: TestContext): Promise<Place> {
  const databaseUrl = await server.newDatabase();
  const spool = folderOf(t);
  return {
    databaseUrl,
    spool,
    async stored() {
      const tables = await server.query(
        `select table_name from information_schema.tables where table_schema = 'public'`,
        databaseUrl,
      );
      const rows = await Promise.all(
        tables.map(({ table_name }) => server.query(`select t::text from ${table_name} t`, databaseUrl)),
      );
      return JSON.stringify(rows) + filesIn(spool);
    },
  };
}

function told(t: TestContext, { databaseUrl, spool }: Place): Promise<Story> {
  const app = { spool, encryptionKeys: KEYS, returnAddresses: ['/home', RETURN_URL], now: () => new Date() };
  return story(t, { databaseUrl, app });
}

/** Everything that a person can leave with us: links of now and before, what is asked, refused, in line, dead, spooled, kept. */
async function lived(it: Story): Promise<void> {
  const { app, simulator } = it;
  await app.store.queueWebhooks();
  await linked(it, { appUserId: GONE, browserSession: BROWSER });
  await unlink(app, { appUserId: GONE });
  const { url } = await authorize(app, { appUserId: GONE, browserSession: BROWSER, expected: EXPECTED });
  const parameters = await answerAtPkb(url, personNamed(simulator, 'Okafor'));
  const { authorizationId } = await callback(app, { parameters, browserSession: BROWSER });
  const owner = { appUserId: GONE, authorizationId, browserSession: BROWSER };
  await exchange(app, owner);
  const { id: linkId } = await link(app, { appUserId: GONE, linkId: (await identify(app, owner)).id });
  await assert.rejects(
    exchange(app, { ...(await granted(it, { appUserId: GONE, browserSession: BROWSER })), appUserId: 'x' }),
    { code: 'different-account' },
  );
  await authorize(app, { appUserId: GONE, browserSession: BROWSER, expected: EXPECTED });
  const made = await api(app, { apiKey: API_KEY, pagesUrl: 'https://link.example/pkb' }).request(
    '/v1/link-sessions',
    {
      method: 'POST',
      headers: {
        authorization: `Bearer ${API_KEY}`,
        'content-type': 'application/json',
        'idempotency-key': GONE,
      },
      body: JSON.stringify({
        app_user_id: GONE,
        return_url: RETURN_URL,
        expected: { family_name: 'Okafor' },
      }),
    },
  );
  assert.equal(made.status, 201);
  await app.store.queueWebhooks();
  const [dead] = await app.store.leaseWebhooks({ limit: 1, forMs: 1 });
  assert.ok(dead && (await app.store.buryWebhook(dead, 'status 500')));
  // PKB's answer to a refresh that was never saved.
  const grant = await app.store.findGrant(linkId);
  assert.ok(grant);
  const { version } = grant.link;
  const lease = await app.store.leaseRefresh({ linkId, appUserId: GONE, version, owner: 'one', forMs: 1 });
  assert.ok(lease);
  app.store.receiveRefresh(lease, grant.tokenSet);
}

/** What must not be there. An access token of theirs, too: as PKB has issued it. */
async function traitsOf(app: App, simulator: Story['simulator']): Promise<readonly string[]> {
  const { publicId } = personNamed(simulator, 'Okafor');
  const grant = await app.store.findGrantOf(GONE);
  assert.ok(grant?.grant);
  const { accessToken, refreshToken = '' } = grant.grant.tokenSet;
  return [GONE, publicId, accessToken, refreshToken, ...Object.values(EXPECTED), 'Amara', grant.link.id];
}

for (const [name, place, options] of [
  ['SQLite', onSqlite, {}],
  ['PostgreSQL', onPostgres, withoutPostgres],
] as const) {
  describe(`an erased person, on ${name}`, options, () => {
    it('is nowhere: not in the database, the spool, the logs or the line for the webhook; others are', async (t) => {
      const where = await place(t);
      const it = await told(t, where);
      const { app, simulator } = it;
      // Pages that are full, so that rows have been moved about before they are deleted.
      const crowd = (from: number) =>
        app.store.transaction(async (tx) => {
          for (let n = from; n < from + 300; n += 1) await addLink(tx, `${STAYS}-${n}`);
        });
      await crowd(0);
      await lived(it);
      await crowd(300);
      const [linkId, ...personal] = [...(await traitsOf(app, simulator))].reverse();
      const before = await where.stored();
      for (const there of [GONE, personNamed(simulator, 'Okafor').publicId, `${linkId}.1.`]) {
        assert.ok(before.includes(there), `${there} was there, so it would be found`);
      }

      const { links, spooled, expunged } = await erasePerson(app, { appUserId: GONE });
      assert.deepEqual([links.length, spooled], [2, 1]);
      assert.equal(expunged || (await app.store.rewrite()), name === 'SQLite');

      await app.store.queueWebhooks();
      const inLine = JSON.stringify(await app.store.leaseWebhooks({ limit: 99, forMs: 1 }));
      const everywhere = {
        stored: await where.stored(),
        logged: it.logged.join('\n'),
        inLine,
      };
      for (const [at, text] of Object.entries(everywhere)) {
        for (const trait of personal) assert.ok(!text.includes(trait), `${trait} is still in ${at}`);
      }
      assert.ok(everywhere.stored.includes(`${STAYS}-0`) && everywhere.stored.includes(`${STAYS}-599`));
      assert.equal((await verifyAudit(app)).breach, undefined);
      const audit = await app.store.listAudit({ linkId: linkId ?? '', limit: 99 });
      assert.deepEqual(
        audit.map(({ act }) => act),
        ['link.proposed', 'link.active', 'person.erased'],
      );
    });

    it('does not come back with an answer of PKB that was under way', async (t) => {
      const where = await place(t);
      const it = await told(t, where);
      const { app, simulator } = it;
      await linked(it, { appUserId: GONE });
      const traits = await traitsOf(app, simulator);
      const rejected = (await refresh(app, { appUserId: GONE })).accessToken;
      simulator.next('token', { delayMs: 300 });
      const asked = simulator.received('token').length;
      const refreshing = refresh(app, { appUserId: GONE, rejected });
      while (simulator.received('token').length === asked) await new Promise(setImmediate);
      await app.store.erasePerson(GONE, 'app');
      await assert.rejects(refreshing, { code: 'unknown-link' });

      const owner = await granted(it, { appUserId: GONE });
      simulator.next('token', { delayMs: 300 });
      const exchanging = exchange(app, owner);
      while (simulator.received('token').length === asked + 1) await new Promise(setImmediate);
      await app.store.erasePerson(GONE, 'app');
      await assert.rejects(exchanging, { code: 'exchange-interrupted' });

      await app.store.rewrite();
      const stored = await where.stored();
      for (const trait of traits.slice(0, -1)) assert.ok(!stored.includes(trait), `${trait} is back`);
      assert.equal(await app.store.spooled(), 0);
    });
  });
}
