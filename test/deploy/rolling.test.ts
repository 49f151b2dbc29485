import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { folder } from '../cli/command-line.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { withoutNginx } from './nginx.ts';
import { roll } from './rolling.ts';

const server = postgresServer();
const skip = withoutPostgres.skip || withoutNginx.skip;

describe('a rolling restart behind nginx', { skip }, () => {
  it('fails nobody and loses nothing, while patients link, tokens are refreshed and records are read', async (t) => {
    const rolled = await roll(t, {
      databaseUrl: await server.newDatabase(),
      folder: await folder(t),
      processes: 2,
      rounds: 1,
      callers: 2,
    });
    assert.deepEqual(rolled.failed, []);
    assert.deepEqual([rolled.lostLinks, rolled.lostEvents, rolled.exits], [[], [], []]);
    for (const done of [rolled.linked, rolled.tokens, rolled.read, rolled.refreshes]) assert.ok(done > 5);
    assert.match(rolled.logged, /POST \/v1\/links\/- 200/);
    for (const secret of [...rolled.secrets, 'account-']) assert.ok(!rolled.logged.includes(secret));
    assert.doesNotMatch(rolled.logged, /\/session\/[^-]|\?/);
  });
});
