import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { manyLinks, refreshAll, states } from './many-links.ts';
import { until } from './processes.ts';

const COUNT = 1000;
const server = postgresServer({ fsync: true });

describe('1,000 links due at once while PostgreSQL is restarted', withoutPostgres, () => {
  it('are all refreshed in the end, no refresh token is sent twice, and the spool is empty', async (t) => {
    const restarted = Promise.withResolvers<void>();
    async function restart(): Promise<void> {
      await server.stop('immediate');
      await server.start();
    }
    const many = await manyLinks(t, {
      count: COUNT,
      databaseUrl: await server.newDatabase(),
      onRefresh: (count) => {
        if (count === 300) restart().then(restarted.resolve, restarted.reject);
      },
    });
    const apps = [many.app, await many.another()];
    many.advance(1801);
    const [first] = await Promise.all([refreshAll(apps, many.accounts), restarted.promise]);
    t.diagnostic(`while it was restarted: ${JSON.stringify(first)}`);

    // Past the leases of those whose write was under way when the server went: they were never sent.
    many.advance(61);
    await until(() => many.spooled().length === 0);
    assert.deepEqual(await refreshAll(apps, many.accounts), { token: COUNT });
    assert.deepEqual(await states(many.app), { 'active fresh': COUNT });
    const sent = many
      .refreshes()
      .map(({ body }) => (typeof body === 'object' ? body.refresh_token : undefined));
    assert.deepEqual([sent.length, new Set(sent).size], [COUNT, COUNT]);
    assert.deepEqual(many.spooled(), []);
  });
});
