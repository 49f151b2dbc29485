import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Client } from 'pg';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { manyLinks, refreshAll, states } from './many-links.ts';
import { until } from './processes.ts';

const COUNT = 1000;
const server = postgresServer({ fsync: true });

interface Disturbance {
  readonly what: string;
  /** After each refresh that PKB is asked for. */
  disturb(count: number, url: string): Promise<unknown> | undefined;
  /** After the storm. */
  repair?(): Promise<void>;
}

const DISTURBANCES: readonly Disturbance[] = [
  {
    what: 'is restarted',
    disturb: (count) => (count === 300 ? server.stop('immediate').then(server.start) : undefined),
  },
  {
    what: 'is stopped, and stays away until every caller has been told',
    // Late: whoever waits for it waits 10 seconds, and those behind them again.
    disturb: (count) => (count === 800 ? server.stop('immediate') : undefined),
    repair: server.start,
  },
  {
    what: 'cuts every connection, nine times',
    disturb: (count, url) => (count % 100 === 0 && count < COUNT ? cutAll(url) : undefined),
  },
];

async function cutAll(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pkb-link'",
  );
  await client.end();
}

describe('1,000 links due at once while PostgreSQL', withoutPostgres, () => {
  for (const { what, disturb, repair } of DISTURBANCES) {
    it(`${what}: all are refreshed in the end, no refresh token is sent twice, the spool is empty`, async (t) => {
      const databaseUrl = await server.newDatabase();
      const disturbing: (Promise<unknown> | undefined)[] = [];
      const many = await manyLinks(t, {
        count: COUNT,
        databaseUrl,
        onRefresh: (count) => void disturbing.push(disturb(count, databaseUrl)),
      });
      const apps = [many.app, await many.another()];
      many.advance(1801);
      const first = await refreshAll(apps, many.accounts);
      await Promise.all(disturbing);
      await repair?.();
      t.diagnostic(
        `meanwhile: ${JSON.stringify(first)}, waited on the disk: ${many.spoolEvents.filter((event) => event === 'spool.kept').length}`,
      );
      assert.equal((first.token ?? 0) + (first['store-unavailable'] ?? 0), COUNT, JSON.stringify(first));

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
  }
});
