/**
 * `npm run import:trial`: an import of 100,000 rows that is killed three times and run again, and the figures. Fewer rows, or
 * on PostgreSQL: `npm run import:trial -- --rows 3000 --store postgres`. Ends with 1 where a row was lost or counted twice.
 */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseArgs } from 'node:util';
import { folder } from '../cli/command-line.ts';
import { postgresServer } from '../storage/postgres-server.ts';
import { importEnvironment, killedImport } from './importing.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000' }, store: { type: 'string', default: 'sqlite' } },
});
const server = values.store === 'postgres' ? postgresServer({ fsync: true }) : undefined;

const print = (what: string, figure: number | string) =>
  process.stdout.write(`${what.padEnd(48)}${String(figure).padStart(24)}\n`);

it(`${values.store}: every row is accounted for once`, async (t) => {
  const place = await folder(t);
  const env = importEnvironment(place, await server?.newDatabase());
  const { rows, killedAt, fates, linked, events, seconds } = await killedImport(
    place,
    Number(values.rows),
    [0.1, 0.45, 0.8],
    env,
  );
  const of = (fate: string) => fates.filter((each) => each.fate === fate).length;
  print('rows', rows);
  print('killed when so many were in the report', killedAt.join(', '));
  for (const fate of ['imported', 'already-there', 'refused']) print(fate, of(fate));
  print('rows in the report', fates.length);
  print('  of them told of twice', fates.length - new Set(fates.map(({ line }) => line)).size);
  print('links', linked.length);
  print('events', events.length);
  print('seconds, kills and starts included', Math.round(seconds));
  assert.deepEqual(
    fates.map(({ line }) => line),
    Array.from({ length: rows }, (_, n) => n + 2),
  );
  assert.deepEqual([linked.length, events.length], [of('imported'), of('imported')]);
});
