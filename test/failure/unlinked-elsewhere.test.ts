import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { linked } from '../flow/story.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import type { Refused } from './process.ts';
import { place } from './processes.ts';

const PROCESSES = 3;
const server = postgresServer();

/** A link that other processes use while this one unlinks it. */
async function unlinkedInUse(t: TestContext, database?: string): Promise<void> {
  const p = await place(t, database);
  const app = await p.open();
  const { appUserId } = await linked({ ...p.story, app });
  const others = Array.from({ length: PROCESSES }, () => p.start());
  await Promise.all(others.map(({ opened }) => opened));

  const using = others.map((one) => one.ask<Refused>('refreshUntilRefused', { appUserId }));
  // Each has had a token by then, by a call that it makes before the loop of the next answers.
  await Promise.all(others.map((one) => one.ask('refresh', { appUserId })));
  await unlink(app, { appUserId });
  const unlinkedAt = performance.timeOrigin + performance.now();

  for (const { lastBeganAt, tokens, failure } of await Promise.all(using)) {
    t.diagnostic(
      `${tokens} tokens, the last asked for ${(unlinkedAt - lastBeganAt).toFixed(1)} ms before the end`,
    );
    assert.ok(tokens > 0);
    assert.equal(failure, 'unknown-link');
    // On SQLite each has it in memory by then.
    assert.ok(lastBeganAt < unlinkedAt, `a token ${lastBeganAt - unlinkedAt} ms later`);
  }
}

/** The other process is refreshing it; PKB's answer comes when it is unlinked. */
async function unlinkedWhileRefreshing(t: TestContext, database?: string): Promise<void> {
  const p = await place(t, database);
  const app = await p.open();
  const { appUserId, id } = await linked({ ...p.story, app });
  p.story.advance(1801);
  const other = p.start('after apiToken.action');
  const refreshing = assert.rejects(other.ask('refresh', { appUserId }), { code: 'unknown-link' });
  await other.stopped;
  await unlink(app, { appUserId });
  other.goOn();
  await refreshing;
  assert.equal((await account(app, { appUserId })).link, undefined);
  assert.equal((await app.store.findLinkById(id))?.state, 'unlinked');
  assert.equal(await app.store.findGrant(id), undefined);
  assert.deepEqual(p.spooled(), []);
}

describe('a link that another process unlinks, on SQLite', () => {
  it('hands out no token from then on', (t) => unlinkedInUse(t));
  it('stays unlinked where a refresh was in flight', (t) => unlinkedWhileRefreshing(t));
});

describe('a link that another process unlinks, on PostgreSQL', withoutPostgres, () => {
  it('hands out no token from then on', async (t) => unlinkedInUse(t, await server.newDatabase()));
  it('stays unlinked where a refresh was in flight', async (t) =>
    unlinkedWhileRefreshing(t, await server.newDatabase()));
});
