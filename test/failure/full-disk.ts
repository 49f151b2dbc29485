/** Run by `full-disk.test.ts`, in a mount namespace where FULL_DISK is a small disk of its own. */

import assert from 'node:assert/strict';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ManyLinks, manyLinks, refreshAll, states } from './many-links.ts';
import { until } from './processes.ts';

const COUNT = 200;
const disk = process.env.FULL_DISK ?? '';
const filler = join(disk, 'filler');

function fill(): void {
  // Down to the last byte: a block that does not fit may leave room for a smaller one.
  for (let size = 65_536; size >= 1; size /= 2) {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(size));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
}

/** Answers that are not in the database yet, on the disk or in memory. */
function waiting({ spoolEvents }: ManyLinks): number {
  return spoolEvents.filter((event) => event !== 'spool.replayed').length * 2 - spoolEvents.length;
}

/** There is room again: every link works, no refresh token was sent twice, and nothing waits any more. */
async function nothingIsLost(many: ManyLinks): Promise<void> {
  rmSync(filler);
  // Past the pauses of links that failed, and past the leases of refreshes that could not be ended.
  many.advance(61);
  await until(() => waiting(many) === 0);
  assert.deepEqual(await refreshAll([many.app], many.accounts), { token: COUNT });
  assert.deepEqual(many.spooled(), []);
  assert.deepEqual(await states(many.app), { 'active fresh': COUNT });
  const sent = many
    .refreshes()
    .map(({ body }) => (typeof body === 'object' ? body.refresh_token : undefined));
  assert.deepEqual([sent.length, new Set(sent).size], [COUNT, COUNT]);
}

describe('a full disk', () => {
  it('under the database: nothing is sent that could not be written first, and callers are told', async (t) => {
    const many = await manyLinks(t, { count: COUNT, databaseUrl: `file:${join(disk, 'first.db')}` });
    many.advance(1801);
    fill();
    const told = await refreshAll([many.app], many.accounts);
    t.diagnostic(JSON.stringify({ told, sent: many.refreshes().length, spool: many.spoolEvents.length }));
    assert.ok((told['store-unavailable'] ?? 0) > 0, JSON.stringify(told));
    assert.equal((told.token ?? 0) + (told['store-unavailable'] ?? 0), COUNT, JSON.stringify(told));
    await nothingIsLost(many);
  });

  it('under the database in the midst of refreshing: what PKB answered waits in the spool elsewhere', async (t) => {
    const many = await manyLinks(t, {
      count: COUNT,
      databaseUrl: `file:${join(disk, 'second.db')}`,
      onRefresh: (count) => count === 20 && fill(),
    });
    many.advance(1801);
    const told = await refreshAll([many.app], many.accounts);
    t.diagnostic(JSON.stringify({ told, sent: many.refreshes().length, spool: many.spoolEvents.length }));
    assert.ok(many.spoolEvents.includes('spool.kept'));
    assert.equal((told.token ?? 0) + (told['store-unavailable'] ?? 0), COUNT, JSON.stringify(told));
    await nothingIsLost(many);
    assert.ok(many.spoolEvents.includes('spool.replayed'));
  });

  it('under both: what PKB answered waits in memory, and is saved as soon as there is room', async (t) => {
    const many = await manyLinks(t, {
      count: COUNT,
      databaseUrl: `file:${join(disk, 'third.db')}`,
      spool: join(disk, 'spool'),
      onRefresh: (count) => count === 20 && fill(),
    });
    many.advance(1801);
    const told = await refreshAll([many.app], many.accounts);
    t.diagnostic(JSON.stringify({ told, sent: many.refreshes().length, spool: many.spoolEvents.length }));
    assert.ok(many.spoolEvents.includes('spool.held'));
    assert.equal((told.token ?? 0) + (told['store-unavailable'] ?? 0), COUNT, JSON.stringify(told));
    await nothingIsLost(many);
  });
});
