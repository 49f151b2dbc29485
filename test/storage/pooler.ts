/** A real PgBouncer in transaction mode before the PostgreSQL of a test file, gone when its tests are over. */

import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type Guarded, guarded } from './guarded.ts';
import { freePort, ownerOfCluster, withoutPostgres } from './postgres-server.ts';

const PATH = `${process.env.PATH}:/usr/sbin`;
const installed = spawnSync('pgbouncer', ['--version'], { env: { PATH } }).status === 0;

/** For `describe`: the reason to skip where there is none. In CI there must be one. */
export const withoutPooler = {
  skip:
    withoutPostgres.skip ||
    (!installed && process.env.CI !== 'true' ? 'needs PgBouncer (Debian: apt-get install pgbouncer)' : false),
} as const;

/** Fewer connections than callers, so that they do get each other's. */
const SERVER_CONNECTIONS = 3;

/** For use inside a `describe`. @returns makes an address of PostgreSQL one of the pooler */
export function pooler(server: { address(database: string): string }): (url: string) => string {
  let port: number;
  let directory: string;
  let program: Guarded;
  if (!withoutPooler.skip) {
    before(async () => {
      directory = mkdtempSync('/tmp/pkb-link-pooler-');
      port = await freePort();
      const postgres = new URL(server.address('postgres'));
      writeFileSync(join(directory, 'users'), '"postgres" ""\n');
      writeFileSync(
        join(directory, 'settings'),
        `[databases]
* = host=${postgres.hostname} port=${postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(directory, 'users')}
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = 500
server_idle_timeout = 1
`,
      );
      const owner = ownerOfCluster();
      for (const name of ['', 'users', 'settings']) {
        if (owner) chownSync(join(directory, name), owner.uid, owner.gid);
      }
      program = guarded(['pgbouncer', '-q', join(directory, 'settings')], 'KILL', {
        cwd: '/',
        env: { PATH },
        ...owner,
      });
      await program.listensAt(port);
    });
    after(async () => {
      await program.end();
      rmSync(directory, { recursive: true });
    });
  }
  return (url) => {
    const address = new URL(url);
    address.port = String(port);
    return address.href;
  };
}
