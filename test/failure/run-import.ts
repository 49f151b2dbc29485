/**
 * `npm run import:trial`: an import of 100,000 rows that is killed three times and run again, and the figures. Fewer rows, or
 * on PostgreSQL: `npm run import:trial -- --rows 3000 --store postgres`. Ends with 1 where a row was lost or counted twice.
 */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseArgs } from 'node:util';
import { createApp } from '../../src/app.ts';
import { configFromEnvironment } from '../../src/config.ts';
import { type Environment, folder } from '../cli/command-line.ts';
import { postgresServer } from '../storage/postgres-server.ts';
import { killedImport } from './importing.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000' }, store: { type: 'string', default: 'sqlite' } },
});
const server = values.store === 'postgres' ? postgresServer({ fsync: true }) : undefined;

const print = (what: string, figure: number | string) =>
  process.stdout.write(`${what.padEnd(48)}${String(figure).padStart(24)}\n`);

it(`${values.store}: every row is accounted for once`, async (t) => {
  const place = await folder(t);
  const env: Environment = {
    PKB_ENVIRONMENT: 'simulator',
    PKB_LINK_DATABASE_URL: server ? await server.newDatabase() : `file:${place}/links.db`,
    PKB_LINK_SPOOL: `${place}/spool`,
  };
  const { rows, killedAt, fates, seconds } = await killedImport(
    place,
    Number(values.rows),
    [0.1, 0.45, 0.8],
    env,
  );
  const of = (fate: string) => fates.filter((each) => each.fate === fate).length;
  const app = await createApp(configFromEnvironment(env).app);
  t.after(() => app.close());
  let links = 0;
  let events = 0;
  for (let after = ''; ; ) {
    const page = await app.store.listLinks({ after, limit: 1000 });
    for (const { id } of page) events += (await app.store.listEvents(id)).length;
    links += page.length;
    if (page.length === 0) break;
    after = page.at(-1)?.id ?? '';
  }
  print('rows', rows);
  print('killed when so many were in the report', killedAt.join(', '));
  for (const fate of ['imported', 'already-there', 'refused']) print(fate, of(fate));
  print('rows in the report', fates.length);
  print('  of them told of twice', fates.length - new Set(fates.map(({ line }) => line)).size);
  print('links', links);
  print('events', events);
  print('seconds, kills and starts included', Math.round(seconds));
  assert.deepEqual(
    fates.map(({ line }) => line),
    Array.from({ length: rows }, (_, n) => n + 2),
  );
  assert.deepEqual([links, events], [of('imported'), of('imported')]);
});
