/** How many transactions SQLite has committed to a write-ahead log: with `synchronous = full` each is one fsync. */

import { existsSync, readFileSync } from 'node:fs';

/** https://sqlite.org/fileformat2.html#walformat: a frame that ends a transaction names the size of the database. */
export function commitsIn(wal: string): number {
  if (!existsSync(wal)) return 0;
  const log = readFileSync(wal);
  if (log.length < 32) return 0;
  const frame = 24 + log.readUInt32BE(8);
  const salts = log.subarray(16, 24);
  let commits = 0;
  // Beyond the first frame with other salts is what an earlier round of the log left behind.
  for (let at = 32; at + frame <= log.length && log.subarray(at + 8, at + 16).equals(salts); at += frame) {
    if (log.readUInt32BE(at + 4) > 0) commits += 1;
  }
  return commits;
}
