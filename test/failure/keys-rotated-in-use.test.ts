import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { BIN, folder, run, spawned } from '../cli/command-line.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { manyLinks, refreshAll, states } from './many-links.ts';

const COUNT = 2000;
const OLD = `old:${Buffer.alloc(32, 1).toString('base64')}`;
const NEW = `new:${Buffer.alloc(32, 2).toString('base64')}`;
const server = postgresServer();

/** Callers refresh without a pause while another process seals everything anew, is killed twice, and goes on. */
async function rotatedInUse(t: TestContext, databaseUrl: string): Promise<void> {
  const spool = join(await folder(t), 'spool');
  // As a process has them that still seals with the old key, and one that was restarted with the new key first.
  const many = await manyLinks(t, { count: COUNT, databaseUrl, spool, encryptionKeys: `${OLD},${NEW}` });
  const restarted = await many.another({ encryptionKeys: `${NEW},${OLD}` });
  const apps = [many.app, restarted];
  const env = {
    PKB_ENVIRONMENT: 'simulator',
    PKB_CLIENT_ID: 'many',
    PKB_CLIENT_AUTH: 'post',
    PKB_CLIENT_SECRET: 'right',
    PKB_REDIRECT_URI: 'https://app.example/pkb/callback',
    PKB_LINK_DATABASE_URL: databaseUrl,
    PKB_LINK_SPOOL: spool,
    PKB_LINK_ENCRYPTION_KEYS: `${NEW},${OLD}`,
  };

  let over = false;
  let calls = 0;
  async function useAll(): Promise<void> {
    for (let turn = 0; !over; turn += 1) {
      many.advance(1801);
      const some = many.accounts.filter((_, n) => n % 20 === turn % 20);
      assert.deepEqual(await refreshAll(apps, some), { token: some.length });
      calls += some.length;
    }
  }

  async function rotate(): Promise<void> {
    for (let killed = 0; killed < 2; killed += 1) {
      const { child, ended } = spawned([BIN, 'keys', 'rotate', '--json'], env);
      await Promise.race([once(child.stderr, 'data'), ended]);
      child.kill('SIGKILL');
      await ended;
    }
    // Until the process with the old key first has been restarted, there is always something sealed with it.
    const { code } = await run(['keys', 'rotate', '--json'], env);
    assert.ok(code === 0 || code === 78, `ended with ${code}`);
  }

  const using = useAll();
  await Promise.race([rotate(), using]).finally(() => {
    over = true;
  });
  await using;
  t.diagnostic(`${calls} calls meanwhile, each with a token`);
  assert.ok(calls > 0);

  const { code, stderr } = await run(['keys', 'rotate', '--json'], env);
  assert.equal(code, 0, stderr);
  assert.deepEqual([...(await restarted.store.sealedWith()).keys()], ['new']);
  const only = await many.another({ encryptionKeys: NEW });
  many.advance(1801);
  assert.deepEqual(await refreshAll([only], many.accounts), { token: COUNT });
  assert.deepEqual(await states(only), { 'active fresh': COUNT });
}

describe('keys that are rotated in use', () => {
  it('fail no call, however often the rotation is killed, on SQLite', async (t) =>
    rotatedInUse(t, `file:${join(await folder(t), 'links.db')}`));
});

describe('keys that are rotated in use', withoutPostgres, () => {
  it('fail no call, however often the rotation is killed, on PostgreSQL', async (t) =>
    rotatedInUse(t, await server.newDatabase()));
});
