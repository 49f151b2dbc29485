import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { bench, faults, REUSES, STORES } from './grid.ts';

const server = postgresServer();

/** A corner of the grid; `run-grid.ts` plays all of it. */
describe('50 callers in each of several processes, for one access token that is over', () => {
  for (const store of STORES) {
    for (const processes of [2, 4]) {
      const title = `cause one refresh and get one token, in ${processes} processes on ${store}`;
      it(title, store === 'postgres' ? withoutPostgres : {}, async (t) => {
        const { play } = await bench(t, { store, processes }, server);
        for (const reuse of REUSES) {
          for (const delayMs of [0, 50]) {
            const cell = { store, processes, callers: 50, reuse, delayMs, rounds: 2 };
            assert.deepEqual(faults(await play(cell)), [], `${reuse}, ${delayMs} ms`);
          }
        }
      });
    }
  }
});
