/**
 * Processes of `serve` on one PostgreSQL with many links, under a steady mix of calls: how long each takes, minute by
 * minute, and what each process holds in memory meanwhile.
 */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { startSimulator } from '../../src/simulator.ts';
import { tokenColumns } from '../../src/storage/link-row.ts';
import { type KeyRing, parseKeyRing } from '../../src/storage/seal.ts';
import { API_KEY, BIN, type Environment, spawned } from '../cli/command-line.ts';
import { type Ends, freePort } from '../hosted.ts';
import { partner } from './partner.ts';

export interface Load {
  readonly databaseUrl: string;
  readonly folder: string;
  readonly processes: number;
  readonly links: number;
  readonly minutes: number;
  /** How long what is called a minute takes, in milliseconds. */
  readonly minuteMs: number;
  /** Who call, each one call after the other. */
  readonly callers: number;
  readonly say: (line: string) => void;
}

/** Of 100 calls. */
export const MIX = { token: 95, pass: 4, link: 1 } as const;
type Kind = keyof typeof MIX;

export interface Minute {
  /** In milliseconds. */
  readonly of: Readonly<
    Record<Kind, { readonly calls: number; readonly median: number; readonly p99: number }>
  >;
  /** Resident memory of each process at its end, in MB. */
  readonly memory: readonly number[];
}

export interface Loaded {
  readonly seedSeconds: number;
  /** Until all processes are ready, in milliseconds. */
  readonly startMs: number;
  /** Of the whole database, a link. */
  readonly bytesPerLink: number;
  readonly minutes: readonly Minute[];
  readonly errors: readonly string[];
}

/** Links that PKB knows too: these are passed through, and refreshed every minute. */
const KNOWN = 10;
const KEYS = `k1:${Buffer.alloc(32, 'load').toString('base64')}`;

export async function load(t: Ends, told: Load): Promise<Loaded> {
  const ports: number[] = [];
  for (let n = 0; n < told.processes; n += 1) ports.push(await freePort());
  const urls = ports.map((port) => `http://localhost:${port}`);
  const [pages = ''] = urls;
  const clientId = 'load';
  const simulator = await startSimulator({
    clients: [
      {
        clientId,
        owner: 'Ridgeway Clinic',
        product: 'Ridgeway',
        redirectUris: [`${pages}/pkb/callback`],
        accessTokenSeconds: 60,
      },
    ],
    patients: 200_000,
  });
  t.after(() => simulator.close());
  const env: Environment = {
    PKB_ENVIRONMENT: 'simulator',
    PKB_SIMULATOR_URL: simulator.url,
    PKB_CLIENT_ID: clientId,
    PKB_REDIRECT_URI: `${pages}/pkb/callback`,
    PKB_LINK_DATABASE_URL: told.databaseUrl,
    PKB_LINK_SPOOL: join(told.folder, 'spool'),
    PKB_LINK_ENCRYPTION_KEYS: KEYS,
    PKB_LINK_RETURN_ADDRESSES: 'https://app.example/linked',
    PKB_LINK_API_KEY: API_KEY,
    PKB_LINK_APP_NAME: 'Ridgeway',
    PKB_LINK_ORGANISATION: 'Ridgeway Clinic',
    PKB_LINK_SUPPORT_CONTACT: 'Call 01632 960 001.',
    PKB_LINK_HOME_URL: 'https://app.example/',
    PKB_LINK_KEY_PER_SECOND: '100000',
    PKB_LINK_ADDRESS_PER_MINUTE: '100000',
  };

  const seeding = performance.now();
  const first = spawned([BIN, 'migrate'], env);
  if ((await first.ended).code !== 0) throw new Error((await first.ended).stderr);
  const database = new Client({ connectionString: told.databaseUrl });
  await database.connect();
  t.after(() => database.end());
  await seed(database, parseKeyRing(KEYS), { ...told, clientId });
  const { rows } = await database.query('select pg_database_size(current_database())::bigint as bytes');
  const bytesPerLink = Math.round(Number(rows[0]?.bytes) / told.links);
  const seedSeconds = Math.round((performance.now() - seeding) / 1000);
  told.say(`${told.links} links in ${seedSeconds} seconds, ${bytesPerLink} bytes each`);

  const starting = performance.now();
  const children = await Promise.all(
    ports.map(async (port) => {
      const { child, ended } = spawned([BIN, 'serve', '--json'], { ...env, PORT: String(port) });
      t.after(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      while (!(await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok) {
        if (child.exitCode !== null) throw new Error((await ended).stderr);
        await pause(20);
      }
      return child;
    }),
  );
  const startMs = Math.round(performance.now() - starting);

  const callersOf = urls.map((backEnds) => partner({ backEnds, patients: pages }));
  let turn = 0;
  const any = () => callersOf[turn++ % callersOf.length] as (typeof callersOf)[number];
  const known: string[] = [];
  let patient = 0;
  async function linkOne(): Promise<void> {
    let person = simulator.directory.at(simulator.people.length + patient++);
    while (person?.status !== 'active') person = simulator.directory.at(simulator.people.length + patient++);
    const appUserId = `known-${patient}`;
    await any().link(appUserId, person.publicId);
    if (known.length < KNOWN) known.push(appUserId);
  }
  while (known.length < KNOWN) await linkOne();
  const work: Record<Kind, () => Promise<unknown>> = {
    token: () => any().token(`seeded-${Math.floor(Math.random() * told.links)}`),
    pass: () => any().read(known[Math.floor(Math.random() * known.length)] ?? ''),
    link: linkOne,
  };

  const minutes: Minute[] = [];
  const errors: string[] = [];
  for (let minute = 1; minute <= told.minutes; minute += 1) {
    const taken: Record<Kind, number[]> = { token: [], pass: [], link: [] };
    const until = performance.now() + told.minuteMs;
    await Promise.all(
      Array.from({ length: told.callers }, async () => {
        while (performance.now() < until) {
          const kind = kindOf(Math.random() * 100);
          const from = performance.now();
          await work[kind]().catch((error: Error) => void errors.push(`${kind}: ${error.message}`));
          taken[kind].push(performance.now() - from);
        }
      }),
    );
    const memory = children.map(({ pid }) => megabytes(pid));
    const of = {
      token: figures(taken.token),
      pass: figures(taken.pass),
      link: figures(taken.link),
    };
    minutes.push({ of, memory });
    const kinds = Object.entries(of).map(([kind, f]) => `${kind} ${f.calls} at ${f.median}/${f.p99} ms`);
    told.say(`minute ${minute}: ${kinds.join(', ')}; ${memory.join(' ')} MB; ${errors.length} errors`);
  }
  return { seedSeconds, startMs, bytesPerLink, minutes, errors };
}

function kindOf(hundredths: number): Kind {
  if (hundredths < MIX.link) return 'link';
  return hundredths < MIX.link + MIX.pass ? 'pass' : 'token';
}

function figures(taken: number[]) {
  const sorted = taken.sort((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1));
  return { calls: sorted.length, median: at(0.5), p99: at(0.99) };
}

/** Resident memory of a process (Linux). */
function megabytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** Links as they are after linking, their tokens good for a day: thousands with each statement. */
async function seed(
  database: Client,
  keyRing: KeyRing,
  { links, clientId }: { readonly links: number; readonly clientId: string },
): Promise<void> {
  const columns = 'id, app_user_id, public_id, token_set, refresh_token_hash, access_token_expires_at'.split(
    ', ',
  );
  const issuedAt = new Date();
  const expiresAt = new Date(Date.now() + 24 * 60 * 60 * 1000);
  for (let from = 0; from < links; from += 5_000) {
    const rows = Array.from({ length: Math.min(5_000, links - from) }, (_, n) => {
      const id = randomUUID();
      const tokens = tokenColumns(keyRing, id, {
        accessToken: `seeded-access-token-${randomUUID()}`,
        refreshToken: `seeded-refresh-token-${randomUUID()}`,
        issuedAt,
        expiresAt,
        scope: 'PATIENT',
      });
      return [
        id,
        `seeded-${from + n}`,
        randomUUID(),
        tokens.token_set,
        tokens.refresh_token_hash,
        tokens.access_token_expires_at,
      ];
    });
    await database.query({
      text: `insert into link (${columns.join(', ')}, environment, client_id, state, granted_at, confirmed_at, refreshable)
        select *, 'simulator', $7, 'active', $8::bigint, $8::bigint, 1
        from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])`,
      values: [...columns.map((_, column) => rows.map((row) => row[column])), clientId, issuedAt.getTime()],
    });
  }
  await database.query('vacuum analyze link');
}
