/** An import that is killed on its way and run again, and what came of every row. */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { configFromEnvironment } from '../../src/config.ts';
import type { Link } from '../../src/model.ts';
import { BIN, type Environment, spawned, values } from '../cli/command-line.ts';

export interface Imported {
  /** Rows in the file, the bad ones and the doubles among them. */
  readonly rows: number;
  /** Lines in the report at each kill. */
  readonly killedAt: readonly number[];
  readonly fates: readonly Record<string, unknown>[];
  /** The accounts that have a link, each as often as it has one. */
  readonly linked: readonly string[];
  /** Why there is each event of those links. */
  readonly events: readonly string[];
  readonly seconds: number;
  /** What the last run printed. */
  readonly result: Record<string, unknown> | undefined;
  readonly said: string;
}

/** The environment of an import into `databaseUrl`. */
export function importEnvironment(place: string, databaseUrl = `file:${place}/links.db`): Environment {
  return {
    PKB_ENVIRONMENT: 'simulator',
    PKB_LINK_DATABASE_URL: databaseUrl,
    PKB_LINK_SPOOL: `${place}/spool`,
  };
}

/** Every hundredth row is bad, and every hundredth and first tells of an account once more. */
export async function writeRows(file: string, rows: number): Promise<void> {
  const lines = ['app_user_id,pkb_public_id,refresh_token,granted_at'];
  let last = '';
  for (let n = 1; n <= rows; n += 1) {
    if (n % 100 === 0) lines.push(`account-${n},not-a-uuid,refresh-canary-${n},`);
    else if (n % 100 === 1 && n > 1) lines.push(last);
    else {
      last = `account-${n},${randomUUID()},refresh-canary-${n},2026-03-01T09:00:00Z`;
      lines.push(last);
    }
  }
  await writeFile(file, `${lines.join('\r\n')}\r\n`);
}

/** Kills it once the report has grown past each share of the rows. */
export async function killedImport(
  place: string,
  rows: number,
  shares: readonly number[],
  env: Environment,
): Promise<Imported> {
  const file = join(place, 'rows.csv');
  const report = `${file}.report.jsonl`;
  await writeRows(file, rows);
  const began = performance.now();
  const killedAt: number[] = [];
  for (const share of shares) {
    const { child, ended } = spawned([BIN, 'import', file, '--json'], env);
    while (linesOf(report) < share * rows && child.exitCode === null) await delay(1);
    child.kill('SIGKILL');
    const { code, stderr } = await ended;
    if (code !== null) throw new Error(`it ended before it was killed: ${code} ${stderr}`);
    killedAt.push(linesOf(report));
  }
  const { child, ended } = spawned([BIN, 'import', file, '--json'], env);
  if (child.exitCode === null) await once(child, 'close');
  const { stdout, stderr } = await ended;
  const seconds = (performance.now() - began) / 1000;
  const [, ...fates] = values(readFileSync(report, 'utf8'));
  return {
    rows,
    killedAt,
    fates,
    ...(await found(env)),
    seconds,
    result: values(stdout)[0],
    said: stdout + stderr + readFileSync(report, 'utf8'),
  };
}

async function found(env: Environment): Promise<Pick<Imported, 'linked' | 'events'>> {
  const app = await createApp(configFromEnvironment(env).app);
  const linked: string[] = [];
  const events: string[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const page: readonly Link[] = await app.store.listLinks({ after, limit: 1000 });
    for (const { id, appUserId } of page) {
      linked.push(appUserId);
      for (const { type, reason } of await app.store.listEvents(id)) events.push(`${type} ${reason}`);
    }
    after = page.at(-1)?.id;
  }
  await app.close();
  return { linked, events };
}

function linesOf(report: string): number {
  return existsSync(report) ? readFileSync(report, 'utf8').split('\n').length - 2 : 0;
}
