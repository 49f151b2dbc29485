import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type AppOptions, createApp } from '../../src/app.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { SECRET } from '../webhook/receiver.ts';
import type { DeliverOrders } from './deliver-process.ts';
import { type Sender, trial } from './undelivered.ts';

const FILE = fileURLToPath(new URL('./deliver-process.ts', import.meta.url));
const RETRIES = [20, ...Array(99).fill(100)];
const [LINKS, EVENTS] = [20, 15];

async function startSender(orders: DeliverOrders): Promise<Sender> {
  const child = fork(FILE, [JSON.stringify(orders)], { execArgv: ['--conditions=pkb-link-source'] });
  const exited = once(child, 'exit');
  await once(child, 'message');
  return {
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function tried(t: TestContext, databaseUrl: string, folder: string) {
  const options: AppOptions = {
    environment: 'simulator',
    clientId: 'client',
    redirectUri: 'http://localhost:8080/pkb/callback',
    databaseUrl,
    spool: join(folder, 'spool'),
    encryptionKeys: `k1:${Buffer.alloc(32, 'undelivered').toString('base64')}`,
    returnAddresses: ['/'],
  };
  const app = await createApp(options);
  t.after(() => app.close());
  const outcome = await trial({
    app,
    links: LINKS,
    events: EVENTS,
    failing: 0.1,
    hanging: 0.02,
    late: 0.1,
    lateMs: 50,
    restarts: 2,
    awayMs: 100,
    kills: 3,
    start: (url) =>
      startSender({
        options,
        retries: RETRIES,
        webhook: { url, secrets: [SECRET], privateAddresses: true, timeoutMs: 400 },
      }),
  });
  assert.deepEqual([outcome.lost, outcome.early], [[], []]);
  assert.equal(outcome.accepted, LINKS * EVENTS);
  assert.ok(outcome.failed > 0, 'there were failures to survive');
  assert.deepEqual(await app.store.listDeadLetters({ limit: 1 }), []);
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pkb-link-undelivered-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const PROMISE = 'all arrive, in order, though the receiver fails, hangs and restarts and senders are killed';

describe('webhooks', () => {
  const server = postgresServer();

  it(`${PROMISE}, on SQLite`, async (t) => {
    const folder = folderOf(t);
    await tried(t, `file:${join(folder, 'links.db')}`, folder);
  });

  it(`${PROMISE}, on PostgreSQL`, withoutPostgres, async (t) => {
    await tried(t, await server.newDatabase(), folderOf(t));
  });
});
