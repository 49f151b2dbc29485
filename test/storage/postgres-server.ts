/** A real PostgreSQL for the tests of one file: a cluster of its own on a free port, gone when they are over. */

import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

const BINARIES = binaries();
const REMEDY =
  'needs PostgreSQL 15 or later: initdb and pg_ctl in PATH or in /usr/lib/postgresql (Debian: apt-get install postgresql)';

/** For `describe`: the reason to skip where there is no PostgreSQL. In CI there must be one. */
export const withoutPostgres = {
  skip: BINARIES === undefined && process.env.CI !== 'true' ? REMEDY : false,
} as const;

export interface PostgresServer {
  /** A new and empty database; its address. `user` is a superuser where none is named, and needs no password. */
  newDatabase(): Promise<string>;
  address(database: string, user?: string): string;
  /** As the superuser, on the database of `url` or else on `postgres`. */
  query(statement: string, url?: string): Promise<Record<string, unknown>[]>;
  /** One of PostgreSQL's own programs, on the database of `url`: `pg_dump`, `pg_restore`. */
  program(name: string, url: string, words: readonly string[]): Promise<void>;
  /** All that the server has written of the database and of its log. */
  written(url: string): Promise<Buffer>;
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
}

/** The role that is asked for its password; all others are trusted. */
export const GUARDED = { user: 'guarded', password: 's3cret' } as const;

/**
 * Starts before the tests of the file that calls it and stops after them.
 * @param options.fsync true where the test is about what survives
 */
export function postgresServer({ fsync = false } = {}): PostgresServer {
  if (withoutPostgres.skip) return absent;
  let directory: string;
  let port: number;
  let guard: ChildProcess;
  let databases = 0;

  const log = () => join(directory, 'server.log');
  const cluster = () => join(directory, 'cluster');
  const control = (...words: string[]) => run('pg_ctl', directory, ['-D', cluster(), '-w', ...words]);
  const address = (database: string, user = 'postgres') => `postgres://${user}@127.0.0.1:${port}/${database}`;

  async function start(): Promise<void> {
    const settings = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      `fsync=${fsync ? 'on' : 'off'}`,
    ];
    await control('-l', log(), '-o', settings.map((setting) => `-c ${setting}`).join(' '), 'start');
  }

  async function query(statement: string, url = address('postgres')): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  }

  before(async () => {
    const home = process.getuid?.() === 0 ? '/tmp' : tmpdir();
    directory = mkdtempSync(join(home, 'pkb-link-postgres-'));
    const owner = ownerOfCluster();
    if (owner) chownSync(directory, owner.uid, owner.gid);
    guard = guardOf(directory);
    const how = ['-A', 'trust', '-U', 'postgres', '--encoding=UTF8', '--no-locale', '--wal-segsize=1'];
    await run('initdb', directory, ['-D', cluster(), '--no-sync', ...how]);
    const access = join(cluster(), 'pg_hba.conf');
    const rest = readFileSync(access, 'utf8');
    rmSync(access);
    appendFileSync(access, `host all ${GUARDED.user} 127.0.0.1/32 scram-sha-256\n${rest}`, { mode: 0o644 });
    port = await freePort();
    await start();
    await query(`create role ${GUARDED.user} login password '${GUARDED.password}'`);
  });

  after(async () => {
    guard.stdin?.end();
    await once(guard, 'exit');
  });

  return {
    async newDatabase() {
      databases += 1;
      const name = `test_${databases}`;
      await query(`create database ${name} template template0`);
      return address(name);
    },
    address,
    query,
    async program(name, url, words) {
      const child = spawn(join(BINARIES ?? '', name), ['--dbname', url, ...words], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`${name} ended with ${code}`);
    },
    async written(url) {
      await query('checkpoint');
      const [row] = await query(
        'select oid::int as oid from pg_database where datname = current_database()',
        url,
      );
      const folders = [join(cluster(), 'base', String(row?.oid)), join(cluster(), 'pg_wal')];
      const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
      return Buffer.concat(
        [log(), ...files].filter((file) => statSync(file).isFile()).map((file) => readFileSync(file)),
      );
    },
    start,
    stop: (mode) => control('-m', mode, 'stop'),
  };
}

/** A process of `postgres-process.ts` on the database of `url`. Messages go to it and come from it. */
export function processOn(url: string, task: string): ChildProcess {
  return fork(fileURLToPath(new URL('./postgres-process.ts', import.meta.url)), [url, task], {
    execArgv: ['--conditions=pkb-link-source'],
  });
}

export async function messageOf(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(30_000) });
  return message;
}

const absent = new Proxy({} as PostgresServer, {
  get: () => {
    throw new Error(REMEDY);
  },
});

/** PostgreSQL does not run as root: as `postgres` then, whom Debian's package makes, or as nobody. */
export function ownerOfCluster(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] =
    ['postgres', 'nobody'].map((name) => accounts.find(([account]) => account === name)).find(Boolean) ?? [];
  if (gid === undefined) throw new Error('needs an account that is not root to run PostgreSQL as');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Stops the server and removes what it wrote when this process lets go of it, also by being killed. */
function guardOf(directory: string): ChildProcess {
  const control = join(BINARIES ?? '', 'pg_ctl');
  const script = 'cat >/dev/null; "$0" -D "$1/cluster" -m immediate -w stop; rm -rf "$1"';
  return spawn('sh', ['-c', script, control, directory], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    ...ownerOfCluster(),
  });
}

async function run(program: 'initdb' | 'pg_ctl', directory: string, words: string[]): Promise<void> {
  if (BINARIES === undefined) throw new Error(REMEDY);
  // Not piped: the server that pg_ctl leaves behind would keep the pipe open.
  const child = spawn(join(BINARIES, program), words, {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LC_ALL: 'C' },
    ...ownerOfCluster(),
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${code}`);
}

function binaries(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existing(debian).sort((a, b) => Number(b) - Number(a));
  const places = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return places.find((place) => {
    const names = existing(place);
    if (!names.includes('initdb') || !names.includes('pg_ctl')) return false;
    const version = execFileSync(join(place, 'pg_ctl'), ['--version'], { encoding: 'utf8' });
    return Number(/(\d+)/.exec(version)?.[1]) >= 15;
  });
}

function existing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  server.close();
  await once(server, 'close');
  if (at === null || typeof at === 'string') throw new Error('no port');
  return at.port;
}
