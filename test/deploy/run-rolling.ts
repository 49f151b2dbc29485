/**
 * `npm run rolling`: four processes of `pkb-link serve` on one PostgreSQL behind nginx, restarted one after the other while
 * patients link, tokens are refreshed and records are read; and the figures. A part of it:
 * `npm run rolling -- --processes 2 --rounds 1 --callers 2`. Ends with 1 where anybody failed or anything was lost.
 */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseArgs } from 'node:util';
import { folder } from '../cli/command-line.ts';
import { postgresServer } from '../storage/postgres-server.ts';
import { roll } from './rolling.ts';

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    /** Of each kind. */
    callers: { type: 'string', default: '4' },
  },
});
const server = postgresServer({ fsync: true });

const print = (what: string, figure: number) =>
  process.stdout.write(`${what.padEnd(56)}${String(figure).padStart(10)}\n`);

it('a rolling restart fails nobody and loses nothing', async (t) => {
  const began = performance.now();
  const rolled = await roll(t, {
    databaseUrl: await server.newDatabase(),
    folder: await folder(t),
    processes: Number(values.processes),
    rounds: Number(values.rounds),
    callers: Number(values.callers),
  });
  print('restarts', rolled.restarts);
  print('patients linked', rolled.linked);
  print('tokens handed out', rolled.tokens);
  print('  refreshed at PKB', rolled.refreshes);
  print('records read', rolled.read);
  print('calls made again, as documented', rolled.repeated);
  print('failed', rolled.failed.length);
  print('links lost', rolled.lostLinks.length);
  print('events lost', rolled.lostEvents.length);
  print('seconds', Math.round((performance.now() - began) / 1000));
  assert.deepEqual(rolled.failed, []);
  assert.deepEqual([rolled.lostLinks, rolled.lostEvents, rolled.exits], [[], [], []]);
});
