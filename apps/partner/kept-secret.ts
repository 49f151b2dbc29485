import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * The secret in the file at `path`, made once and kept with mode 0600.
 * The file is written aside and then linked, so that it is never seen half written and two processes agree on one.
 */
export function keptSecret(path: string, make: () => string): string {
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, make(), { mode: 0o600, flush: true });
  try {
    linkSync(aside, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  } finally {
    rmSync(aside);
  }
  return readFileSync(path, 'utf8');
}
