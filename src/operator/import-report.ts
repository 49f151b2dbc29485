/**
 * The report of an import, JSON Lines: which file it is of, then the fate of each row. It is also how far the import has come:
 * what it tells of is in the database, and of what it does not tell yet the ids of its links tell (`linkIdOf`).
 */

import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { InvalidRequestError } from '../errors.ts';
import { sha256 } from '../sha256.ts';

const BEGINNING = '{"import":"';

/** What became of a row. `line` counts from 1 and is the file's. */
export type Fate = { readonly line: number; readonly app_user_id: string | null } & (
  | { readonly fate: 'imported' | 'already-there' }
  | {
      readonly fate: 'refused';
      readonly code: string;
      readonly field?: string;
      readonly remedy: string;
    }
);

export type Tally = Readonly<Record<Fate['fate'], number>>;

export interface ImportReport {
  /** The last line of the file whose fate is written. */
  readonly lastLine: number;
  readonly tally: Tally;
  /** The id of the link that this import makes of a line: the same however often it is killed and goes on. */
  linkIdOf(line: number): string;
  /** Durable when it returns. */
  add(fates: readonly Fate[]): void;
  close(): void;
}

/**
 * Begins the report at `path`, or goes on with it.
 * @param file.sha256 of the file that is imported
 * @throws InvalidRequestError `bad-input` where the report is of another file, or cannot be written
 */
export function openReport(path: string, file: { readonly sha256: string }): ImportReport {
  const descriptor = opened(path);
  try {
    const text = readFileSync(descriptor, 'utf8');
    // A kill may have cut the last line short.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [head, ...told] = lines(path, whole);
    if (!head && !BEGINNING.startsWith(text.slice(0, BEGINNING.length))) throw notOurs(path);
    const begun = head ?? { import: randomUUID(), sha256: file.sha256 };
    if (typeof begun.import !== 'string') throw notOurs(path);
    if (begun.sha256 !== file.sha256) {
      throw new InvalidRequestError(
        'bad-input',
        `${path} is the report of another file, or of this one before it was changed: name another with --report`,
        { field: 'report' },
      );
    }
    if (whole.length < text.length) ftruncateSync(descriptor, Buffer.byteLength(whole));
    const write = (values: readonly unknown[]) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    };
    if (!head) write([begun]);
    const tally = { imported: 0, 'already-there': 0, refused: 0 };
    const count = (fates: readonly Fate[]) => {
      for (const { fate } of fates) tally[fate] += 1;
    };
    const before = told as unknown as readonly Fate[];
    count(before);
    return {
      lastLine: before.at(-1)?.line ?? 0,
      tally,
      linkIdOf: (line) => uuid(`${begun.import}:${line}`),
      add(fates) {
        write(fates);
        count(fates);
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'a+', 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InvalidRequestError(
      'bad-input',
      `${path} cannot be written (${code}): name another with --report`,
      { cause, field: 'report' },
    );
  }
}

function lines(path: string, text: string): readonly Record<string, unknown>[] {
  try {
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  } catch {
    throw notOurs(path);
  }
}

function notOurs(path: string): InvalidRequestError {
  return new InvalidRequestError(
    'bad-input',
    `${path} is not the report of an import: name another with --report`,
    {
      field: 'report',
    },
  );
}

/** A UUID of version 8 (RFC 9562). */
function uuid(seed: string): string {
  const hex = sha256(seed);
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
