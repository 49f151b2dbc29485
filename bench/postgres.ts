/** A PostgreSQL of the bench's own, as durable as a partner's is: on a free port, gone with its folder. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';

export interface Postgres {
  readonly version: string;
  /** A new and empty database. */
  newDatabase(): Promise<string>;
  stop(): void;
}

/** Undefined where none is installed: then those rows are not there. */
export async function startPostgres(): Promise<Postgres | undefined> {
  const bin = binaries();
  if (bin === undefined) return undefined;
  const folder = mkdtempSync('/tmp/pkb-link-bench-postgres-');
  const owner = ownerOfCluster();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const port = await freePort();
  const run = (program: string, ...words: string[]) =>
    execFileSync(join(bin, program), words, { cwd: folder, stdio: 'ignore', env: { LC_ALL: 'C' }, ...owner });
  const cluster = join(folder, 'cluster');
  run('initdb', '-D', cluster, '-A', 'trust', '-U', 'postgres', '--encoding=UTF8', '--no-locale');
  const settings = `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=512MB`;
  run('pg_ctl', '-D', cluster, '-w', '-l', join(folder, 'log'), '-o', settings, 'start');
  const address = (name: string) => `postgres://postgres@127.0.0.1:${port}/${name}`;
  let databases = 0;

  return {
    version: execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).trim(),
    async newDatabase() {
      databases += 1;
      const client = new Client({ connectionString: address('postgres') });
      await client.connect();
      await client.query(`create database bench_${databases} template template0`);
      await client.end();
      return address(`bench_${databases}`);
    },
    stop() {
      run('pg_ctl', '-D', cluster, '-m', 'immediate', '-w', 'stop');
      rmSync(folder, { recursive: true });
    },
  };
}

function binaries(): string | undefined {
  const debian = '/usr/lib/postgresql';
  try {
    const [newest] = readdirSync(debian).sort((one, other) => Number(other) - Number(one));
    return newest && join(debian, newest, 'bin');
  } catch {
    return undefined;
  }
}

/** PostgreSQL does not run as root. */
function ownerOfCluster(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [, , uid, gid] =
    /^(postgres|nobody):[^:]*:(\d+):(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  server.close();
  return typeof at === 'object' ? (at?.port ?? 0) : 0;
}
