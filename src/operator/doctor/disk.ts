import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkSpoolKeys } from '../../storage/check-keys.ts';
import { isPostgres, sqlitePath, usualSpool } from '../../storage/open-store.ts';
import { openSpool } from '../../storage/spool.ts';
import type { Sound } from './configuration.ts';
import { type Finding, fail, failedBy, pass, warn } from './finding.ts';

const [ENOUGH, TOO_LITTLE] = [1024 ** 3, 100 * 1024 ** 2];

/** The spool, the room on its disk, and who may read what is kept on this machine. */
export async function checkDisk({ config: { app }, settings, keyRing }: Sound): Promise<readonly Finding[]> {
  const folder = app.spool ?? usualSpool(app.databaseUrl);
  const database = isPostgres(app.databaseUrl) ? [] : [sqlitePath(app.databaseUrl)];
  const files = database.flatMap((path) => [path, `${path}-wal`, `${path}-shm`]);
  return [await spool(), room(free(folder)), permissions([...files, folder])];

  async function spool(): Promise<Finding> {
    const check = 'spool';
    const remedy =
      'let the account that runs pkb-link write there, or set PKB_LINK_SPOOL to a folder of its own';
    try {
      const there = existing(folder);
      if (!statSync(there).isDirectory()) return fail(check, `${there} is no folder`, remedy);
      accessSync(there, constants.W_OK | constants.X_OK);
      if (!existsSync(folder)) return pass(check, `${folder} can be made`);
      const { environment, clientId } = settings;
      const opened = await openSpool(folder, keyRing, { environment, clientId });
      await checkSpoolKeys(opened, { folder, keyRing });
      const waiting = (await opened.names()).length;
      return waiting === 0
        ? pass(check, `${folder} can be written; nothing waits in it`)
        : warn(
            check,
            `${waiting} refreshed token${waiting === 1 ? ' waits' : 's wait'} in ${folder}`,
            'start pkb-link serve with the database well: it puts them there. Never delete them',
          );
    } catch (thrown) {
      return failedBy(check, thrown, remedy);
    }
  }
}

/** @param bytes that an account which is not root may still write */
export function room(bytes: number): Finding {
  const says = `${Math.floor(bytes / 1024 ** 2)} MiB are free`;
  const remedy = 'make room: on a full disk no refreshed token can be kept';
  if (bytes < TOO_LITTLE) return fail('room', says, remedy);
  return bytes < ENOUGH ? warn('room', says, remedy) : pass('room', says);
}

function free(folder: string): number {
  const { bavail, bsize } = statfsSync(existing(folder));
  return bavail * bsize;
}

/** The path, or the nearest folder above it that is there. */
function existing(path: string): string {
  const whole = resolve(path);
  return existsSync(whole) ? whole : existing(dirname(whole));
}

function permissions(paths: readonly string[]): Finding {
  const check = 'permissions';
  if (process.platform === 'win32') return pass(check, 'not looked at on Windows');
  const open = paths.filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0);
  return open.length === 0
    ? pass(check, 'only the owner can read what is kept on this machine')
    : fail(check, `others may use ${open.join(', ')}`, `chmod go= ${open.join(' ')}`);
}
