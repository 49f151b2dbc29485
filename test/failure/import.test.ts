import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { folder } from '../cli/command-line.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { importEnvironment, killedImport } from './importing.ts';

const ROWS = 3000;

describe('an import that is killed three times', () => {
  for (const [name, newDatabase, options] of [
    ['SQLite', () => undefined, {}],
    ['PostgreSQL', postgresServer().newDatabase, withoutPostgres],
  ] as const) {
    it(
      `accounts for every row once: in the report, as a link and as an event (${name})`,
      options,
      async (t) => {
        const place = await folder(t);
        const env = importEnvironment(place, await newDatabase());
        const outcome = await killedImport(place, ROWS, [0, 0.3, 0.6], env);
        const { killedAt, fates, linked, events, result, said } = outcome;
        assert.ok(
          killedAt.every((lines) => lines < ROWS),
          `killed on the way: ${killedAt}`,
        );
        assert.deepEqual(
          fates.map(({ line }) => line),
          Array.from({ length: ROWS }, (_, n) => n + 2),
        );
        const accounts = (fate: string) =>
          fates.filter((each) => each.fate === fate).map(({ app_user_id }) => app_user_id);
        const counts = ['imported', 'already-there', 'refused'].map((fate) => accounts(fate).length);
        assert.deepEqual(counts, [2941, 29, 30]);
        assert.deepEqual(result && [result.imported, result.already_there, result.refused], counts);
        assert.deepEqual([...linked].sort(), accounts('imported').sort());
        assert.deepEqual(
          events,
          linked.map(() => 'link.active imported'),
        );
        assert.doesNotMatch(said, /refresh-canary/);
      },
    );
  }
});
