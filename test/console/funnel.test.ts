import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { holdFunnelAgainst } from './funnel.ts';

/** `npm run funnel` does it with 5,000. */
const ATTEMPTS = 300;

describe('the funnel', () => {
  const server = postgresServer();

  it(`says of ${ATTEMPTS} attempts what became of them, on SQLite`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pkb-link-funnel-'));
    const path = join(folder, 'store.db');
    await holdFunnelAgainst(t, {
      attempts: ATTEMPTS,
      databaseUrl: `file:${path}`,
      async count(statement) {
        const database = new DatabaseSync(path, { readOnly: true });
        const row = database.prepare(statement).get();
        database.close();
        return Number(Object.values(row ?? {})[0]);
      },
    });
    t.after(() => rmSync(folder, { recursive: true }));
  });

  it(`says of ${ATTEMPTS} attempts what became of them, on PostgreSQL`, withoutPostgres, async (t) => {
    const databaseUrl = await server.newDatabase();
    await holdFunnelAgainst(t, {
      attempts: ATTEMPTS,
      databaseUrl,
      count: async (statement) =>
        Number(Object.values((await server.query(statement, databaseUrl))[0] as object)[0]),
    });
  });
});
