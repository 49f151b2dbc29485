/**
 * `npm run funnel`: a day of 5,000 attempts, and what the funnel says of it beside what was made to happen. A part of it, or on
 * PostgreSQL: `npm run funnel -- --attempts 500 --store postgres`. Ends with 1 where a number differs.
 */

import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { parseArgs } from 'node:util';
import { folder } from '../cli/command-line.ts';
import { postgresServer } from '../storage/postgres-server.ts';
import { holdFunnelAgainst } from './funnel.ts';

const { values } = parseArgs({
  options: { attempts: { type: 'string', default: '5000' }, store: { type: 'string', default: 'sqlite' } },
});
const server = values.store === 'postgres' ? postgresServer() : undefined;
const print = (what: string, ...figures: readonly (number | string)[]) =>
  process.stdout.write(
    `${what.padEnd(44)}${figures.map((figure) => String(figure).padStart(10)).join('')}\n`,
  );

it(`${values.store}: the funnel says what became of ${values.attempts} attempts`, async (t) => {
  const path = `${await folder(t)}/store.db`;
  const databaseUrl = server ? await server.newDatabase() : `file:${path}`;
  const began = performance.now();
  const { day, seen } = await holdFunnelAgainst(t, {
    attempts: Number(values.attempts),
    databaseUrl,
    async count(statement) {
      if (server) return first((await server.query(statement, databaseUrl))[0]);
      const database = new DatabaseSync(path, { readOnly: true });
      try {
        return first(database.prepare(statement).get());
      } finally {
        database.close();
      }
    },
  });
  print('step', 'reached');
  for (const { step, reached } of seen.steps) print(step, reached);
  print('\nmade to happen, and counted', 'attempts');
  for (const [fate, attempts] of [...day.fates].sort()) print(fate, attempts);
  print('\nseconds', Math.round((performance.now() - began) / 1000));
});

function first(row: Record<string, unknown> | undefined): number {
  return Number(Object.values(row ?? {})[0]);
}
