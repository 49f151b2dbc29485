/** A copy of the SQLite file, taken while others write to it. */

import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * All that was committed when it began, in one file of its owner's alone (mode 0600). Its secrets are sealed in it as they
 * are in the original. There is no half of it: what is at `to` is whole and has been checked.
 *
 * @param from is read and not changed
 * @param to must not exist
 * @throws Error where `from` is not a database or `to` cannot be written
 */
export function backUpSqlite(from: string, to: string): void {
  if (existsSync(to)) throw Object.assign(new Error('it exists'), { code: 'EEXIST' });
  const source = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  const part = `${to}.part`;
  try {
    // Empty, so that SQLite fills it and leaves it the mode it has.
    closeSync(openSync(part, 'wx', 0o600));
    try {
      source.prepare('vacuum into ?').run(part);
      check(part);
      sync(part);
      renameSync(part, to);
      sync(dirname(to));
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  } finally {
    source.close();
  }
}

function check(path: string): void {
  const copy = new DatabaseSync(path, { readOnly: true });
  try {
    const found = copy.prepare('pragma integrity_check(1)').get()?.integrity_check;
    if (found !== 'ok') throw new Error(`the copy is not sound: ${found}`);
  } finally {
    copy.close();
  }
}

/** SQLite leaves it to the operating system when this copy reaches the disk. */
function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
