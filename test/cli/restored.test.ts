/** A backup that is taken while grants are refreshed, and restored elsewhere: is what is doubted then what is in doubt? */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createApp } from '../../src/app.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { startSimulator } from '../../src/simulator.ts';
import { answerAtPkb, BROWSER } from '../flow/story.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { type Environment, folder, run, values } from './command-line.ts';

const LINKS = 40;
/** In seconds. A token is refreshed in the last fifth of its life at the earliest, in the last tenth at the latest. */
const LIFE = 600;
const [BEGAN, BACKED_UP, STEP] = [-1500, -300, 60];

/** Where a store is, how it is backed up, and where what was backed up is restored. */
interface Place {
  readonly databaseUrl: string;
  backUp(env: Environment): Promise<void>;
  /** @returns the address of what was restored */
  restore(): Promise<string>;
}

async function restored(t: TestContext, place: Place): Promise<void> {
  // A clock that comes to now when all is over: the command line has no other.
  const end = Date.now();
  let now = end + BEGAN * 1000;
  const clientId = 'restored';
  const redirectUri = 'https://app.example/pkb/callback';
  const simulator = await startSimulator({
    clients: [
      {
        clientId,
        owner: 'Ridgeway',
        product: 'Ridgeway',
        redirectUris: [redirectUri],
        accessTokenSeconds: LIFE,
      },
    ],
    patients: 200,
    now: () => now,
  });
  t.after(() => simulator.close());
  const encryptionKeys = `k1:${Buffer.alloc(32, 'restored').toString('base64')}`;
  const app = await createApp({
    environment: 'simulator',
    simulatorUrl: simulator.url,
    clientId,
    redirectUri,
    encryptionKeys,
    databaseUrl: place.databaseUrl,
    spool: join(await folder(t), 'spool'),
    returnAddresses: ['/'],
    now: () => new Date(now),
  });
  t.after(() => app.close());
  const env: Environment = {
    PKB_ENVIRONMENT: 'simulator',
    PKB_SIMULATOR_URL: simulator.url,
    PKB_CLIENT_ID: clientId,
    PKB_REDIRECT_URI: redirectUri,
    PKB_LINK_DATABASE_URL: place.databaseUrl,
    PKB_LINK_ENCRYPTION_KEYS: encryptionKeys,
    PKB_LINK_SPOOL: join(await folder(t), 'spool'),
    PKB_LINK_API_KEY: 'x'.repeat(32),
  };

  // Linked one after the other, so that at any time some are due and some are young.
  const accounts: string[] = [];
  for (let n = 0; accounts.length < LINKS; n += 1) {
    const person = simulator.directory.at(simulator.people.length + n);
    if (person?.status !== 'active') continue;
    const appUserId = `account-${n}`;
    const { url } = await authorize(app, { appUserId, browserSession: BROWSER });
    const parameters = await answerAtPkb(url, person);
    const { authorizationId } = await callback(app, { parameters, browserSession: BROWSER, appUserId });
    const owner = { appUserId, browserSession: BROWSER, authorizationId };
    await exchange(app, owner);
    await link(app, { appUserId, linkId: (await identify(app, owner)).id });
    accounts.push(appUserId);
    now += (LIFE * 1000) / LINKS;
  }
  const refreshAll = () => Promise.all(accounts.map((appUserId) => refresh(app, { appUserId })));
  for (; now < end + BACKED_UP * 1000; now += STEP * 1000) await refreshAll();
  await Promise.all([refreshAll(), place.backUp(env)]);
  for (; now < end; now += STEP * 1000) await refreshAll();
  now = end;

  const restoredUrl = await place.restore();
  const elsewhere = await createApp({
    environment: 'simulator',
    simulatorUrl: simulator.url,
    clientId,
    redirectUri,
    encryptionKeys,
    databaseUrl: restoredUrl,
    spool: join(await folder(t), 'spool'),
    returnAddresses: ['/'],
    now: () => new Date(now),
  });
  t.after(() => elsewhere.close());
  const spent: string[] = [];
  const issued = new Map<string, number>();
  for (const appUserId of accounts) {
    const [then, since] = [
      await elsewhere.store.findGrantOf(appUserId),
      await app.store.findGrantOf(appUserId),
    ];
    if (then?.grant?.tokenSet.refreshToken !== since?.grant?.tokenSet.refreshToken) spent.push(appUserId);
    issued.set(appUserId, then?.grant?.tokenSet.issuedAt.getTime() ?? 0);
  }
  assert.ok(spent.length > 3 && spent.length < LINKS - 3, `${spent.length} were refreshed since`);
  // Which of those in the last fifth were refreshed, only the lost database knew.
  const old = () => accounts.filter((id) => Date.now() - (issued.get(id) ?? 0) >= 0.8 * LIFE * 1000);

  const there = { ...env, PKB_LINK_DATABASE_URL: restoredUrl };
  const before = old();
  const checked = await run(['restore', '--check', '--json'], there);
  assert.equal(checked.code, 0, checked.stderr);
  const after = old();
  const unsure = values((await run(['links', '--health', 'unsure', '--json'], there)).stdout).map(
    ({ app_user_id }) => String(app_user_id),
  );
  assert.deepEqual(values(checked.stdout), [{ links: LINKS, unsure: unsure.length }]);
  const doubted = new Set(unsure);
  for (const id of [...spent, ...before]) assert.ok(doubted.has(id), `${id} is taken for healthy`);
  for (const id of unsure) assert.ok(after.includes(id), `${id} cannot have been refreshed`);
  const doubt = values((await run(['doctor', '--json'], there)).stdout).find(
    ({ check }) => check === 'links',
  );
  assert.deepEqual([doubt?.verdict, String(doubt?.says).split(' ')[0]], ['warn', String(unsure.length)]);
}

describe('a backup taken while grants are refreshed, restored elsewhere', () => {
  it('on SQLite, has in doubt what was refreshed since, and nothing that cannot have been', async (t) => {
    const path = await folder(t);
    await restored(t, {
      databaseUrl: `file:${path}/links.db`,
      backUp: async (env) => {
        const taken = await run(['backup', `${path}/copy.db`], env);
        assert.equal(taken.code, 0, taken.stderr);
      },
      restore: async () => `file:${path}/copy.db`,
    });
  });

  const server = postgresServer();
  it('on PostgreSQL too', withoutPostgres, async (t) => {
    const dump = join(await folder(t), 'dump');
    const databaseUrl = await server.newDatabase();
    await restored(t, {
      databaseUrl,
      backUp: () => server.program('pg_dump', databaseUrl, ['--format=custom', `--file=${dump}`]),
      restore: async () => {
        const url = await server.newDatabase();
        await server.program('pg_restore', url, ['--exit-on-error', dump]);
        return url;
      },
    });
  });
});
