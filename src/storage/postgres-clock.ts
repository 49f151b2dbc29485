/** PostgreSQL's own clock, for what several machines must agree on: when a lease is over. */

import type { SqlDatabase } from './sql.ts';

/** How often the difference to this machine's clock is measured, in milliseconds. */
const MEASURE_EVERY_MS = 60_000;

export interface PostgresClock {
  readonly now: () => Date;
  stop(): void;
}

/** An embedded database needs none: it has no clock but this machine's. */
export async function postgresClock(database: SqlDatabase): Promise<PostgresClock> {
  let ahead = 0;

  async function measure(): Promise<void> {
    const before = Date.now();
    const row = await database.get<{ now: number }>({
      text: 'select (extract(epoch from clock_timestamp()) * 1000)::bigint as now',
      values: [],
    });
    // The answer was true about halfway through the wait for it.
    if (row) ahead = row.now - (before + Date.now()) / 2;
  }

  await measure();
  // While the database is away the last difference is as good as any.
  const timer = setInterval(() => void measure().catch(() => undefined), MEASURE_EVERY_MS).unref();
  return { now: () => new Date(Date.now() + ahead), stop: () => clearInterval(timer) };
}
