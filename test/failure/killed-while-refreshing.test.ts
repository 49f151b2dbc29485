import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { killedRound, STEPS } from './killed.ts';

const ROUNDS = 3;
const server = postgresServer({ fsync: true });

/** A few rounds of each step; `run-crash.ts` plays as many as it is asked to. */
for (const store of ['sqlite', 'postgres'] as const) {
  describe(
    `a process killed while refreshing, on ${store}`,
    store === 'postgres' ? withoutPostgres : {},
    () => {
      for (const step of STEPS) {
        const { health, refreshes, outcome, when } = step;
        const then =
          outcome === 'goes on' ? 'the link goes on' : 'the patient grants again, to the same link';
        it(`${when}: ${then}`, async (t) => {
          const databases: (string | undefined)[] = [];
          for (let round = 0; round < ROUNDS; round += 1) {
            databases.push(store === 'postgres' ? await server.newDatabase() : undefined);
          }
          for (const found of await Promise.all(databases.map((each) => killedRound(t, step, each)))) {
            assert.deepEqual(found, {
              ...{ health, refreshes, outcome },
              ...{ secondSends: 0, shownHealthy: false, works: true },
            });
          }
        });
      }
    },
  );
}
