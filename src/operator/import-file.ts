/** The file of an import, as batches of lines. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { InvalidRequestError } from '../errors.ts';
import { checkedAppUserId } from '../flow/account.ts';
import { checkedRow, type ImportRow, type RawRow, rowReader } from './import-row.ts';

export interface Line {
  readonly number: number;
  /** Undefined where the line holds no row that can be read: then `failure` says why. */
  readonly row?: ImportRow;
  readonly appUserId: string | null;
  readonly failure?: InvalidRequestError;
}

/** Rows of one transaction, which keeps every other writer waiting. */
const BATCH = 500;

interface Rows {
  read(line: string): RawRow;
  /** The line before the first row. */
  readonly after: number;
  /** Whether the file gives this refresh token to more than one account. */
  isShared(refreshToken: string): boolean;
}

export async function rowsOf(file: string): Promise<Rows> {
  let number = 0;
  for await (const text of textLines(file)) {
    number += 1;
    if (text.trim() === '') continue;
    const { hasHeader, read } = rowReader(text);
    const shared = await sharedTokens(file, read);
    return {
      read,
      after: hasHeader ? number : number - 1,
      isShared: (refreshToken) => shared.has(hashOf(refreshToken)),
    };
  }
  throw new InvalidRequestError('bad-input', `${file} is empty`, { field: 'file' });
}

/**
 * Hashes of the refresh tokens that more than one account has. A grant is one patient's: nothing in the file tells whose, and
 * the first account to refresh it would end the API session of the other.
 */
async function sharedTokens(file: string, read: Rows['read']): Promise<ReadonlySet<string>> {
  const accounts = new Map<string, unknown>();
  const shared = new Set<string>();
  for await (const text of textLines(file)) {
    const { refresh_token: token, app_user_id: account } = attempted(() => read(text)) ?? {};
    if (typeof token !== 'string') continue;
    const hash = hashOf(token);
    if (accounts.has(hash) && accounts.get(hash) !== account) shared.add(hash);
    accounts.set(hash, account);
  }
  return shared;
}

/** What is wrong with a line is told when it is its turn. */
function attempted<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

export async function* batches(file: string, rows: Rows, now: Date): AsyncGenerator<readonly Line[]> {
  let batch: Line[] = [];
  let number = 0;
  for await (const text of textLines(file)) {
    number += 1;
    if (number <= rows.after || text.trim() === '') continue;
    batch.push(lineOf(number, text, rows, now));
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The account is told in the report only where it has an id that it can have: anything else may be a token out of place. */
function lineOf(number: number, text: string, { read, isShared }: Rows, now: Date): Line {
  let appUserId: string | null = null;
  try {
    const raw = read(text);
    appUserId = checkedAppUserId(raw.app_user_id);
    const row = checkedRow(raw, now);
    if (isShared(row.refreshToken)) {
      throw new InvalidRequestError(
        'bad-input',
        'refresh_token is another account’s too: find out whose grant it is, and give each account its own',
        { field: 'refresh_token' },
      );
    }
    return { number, row, appUserId };
  } catch (failure) {
    if (failure instanceof InvalidRequestError) return { number, appUserId, failure };
    throw failure;
  }
}

export async function measured(file: string): Promise<{ readonly sha256: string; readonly lines: number }> {
  const hash = createHash('sha256');
  let lines = 0;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InvalidRequestError('bad-input', `${file} cannot be read (${code})`, { cause, field: 'file' });
  }
  return { sha256: hash.digest('hex'), lines };
}

async function* textLines(file: string): AsyncGenerator<string> {
  const input = createReadStream(file);
  let isFirst = true;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      yield isFirst ? line.replace(/^\ufeff/, '') : line;
      isFirst = false;
    }
  } finally {
    input.destroy();
  }
}
