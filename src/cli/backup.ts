import { statSync } from 'node:fs';
import { configFromEnvironment } from '../config.ts';
import { InvalidRequestError } from '../errors.ts';
import { isPostgres, sqlitePath } from '../storage/open-store.ts';
import { backUpSqlite } from '../storage/sqlite-backup.ts';
import { json, line, remark } from './print.ts';

/** `pkb-link backup <file>`: a copy of the SQLite file while others use it. */
export async function backup(file: string, options: { readonly json?: boolean }): Promise<void> {
  const { databaseUrl } = configFromEnvironment().app;
  if (isPostgres(databaseUrl)) throw refusal('PostgreSQL is backed up with its own pg_dump');
  const path = sqlitePath(databaseUrl);
  if (path === ':memory:') throw refusal('a database in memory cannot be backed up');
  try {
    backUpSqlite(path, file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'it, or its .part, exists: choose another name' : message;
    throw refusal(`${path} cannot be backed up to ${file}: ${why}`, cause);
  }
  const bytes = statSync(file).size;
  if (options.json) json({ file, bytes });
  else line(`${file} is a whole copy (${bytes} bytes).`);
  remark('It is worth nothing without the keys of PKB_LINK_ENCRYPTION_KEYS. Keep them elsewhere.');
}

function refusal(message: string, cause?: unknown): InvalidRequestError {
  return new InvalidRequestError('bad-input', message, { cause, field: 'file' });
}
