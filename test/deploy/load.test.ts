import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { folder } from '../cli/command-line.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { load } from './load.ts';

const server = postgresServer();

describe('npm run load', withoutPostgres, () => {
  it('asks of every kind and is told no error', async (t) => {
    const loaded = await load(t, {
      databaseUrl: await server.newDatabase(),
      folder: await folder(t),
      processes: 2,
      links: 2_000,
      minutes: 1,
      minuteMs: 4_000,
      callers: 4,
      say: () => undefined,
    });
    assert.deepEqual(loaded.errors, []);
    const [minute] = loaded.minutes;
    for (const kind of ['token', 'pass'] as const) assert.ok((minute?.of[kind].calls ?? 0) > 0, kind);
    assert.equal(minute?.memory.length, 2);
  });
});
