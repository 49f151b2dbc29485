import { parse } from 'csv-parse/sync';
import { InvalidRequestError } from '../errors.ts';
import { checkedAppUserId } from '../flow/account.ts';
import { asPublicId, type PublicId } from '../model.ts';

export interface ImportRow {
  readonly appUserId: string;
  readonly publicId: PublicId;
  readonly refreshToken: string;
  readonly grantedAt?: Date;
}

/** A row as it stands in the file: by field, nothing checked. */
export type RawRow = Readonly<Record<string, unknown>>;

const REQUIRED = ['app_user_id', 'pkb_public_id', 'refresh_token'] as const;
const FIELDS: readonly string[] = [...REQUIRED, 'granted_at', 'state'];

/** RFC 6749, appendix A.17. */
const REFRESH_TOKEN = /^[\x20-\x7e]{1,8192}$/;
/** RFC 3339: with its offset from UTC, or it would mean another moment on another machine. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * How the rest of a file is read whose first line is `first`: JSON Lines where it begins with `{`, else CSV (RFC 4180) and
 * `first` names the columns. A row is one line, so that what is wrong with one is no trouble of the next.
 *
 * @throws InvalidRequestError `bad-input` where the columns are not ours
 */
export function rowReader(first: string): { readonly hasHeader: boolean; read(line: string): RawRow } {
  if (first.trimStart().startsWith('{')) return { hasHeader: false, read: jsonRow };
  const columns = cells(first).map((name) => name.trim());
  known(columns);
  const missing = REQUIRED.find((field) => !columns.includes(field));
  if (missing) throw refusal(missing, `the first line has no column ${missing}: name ${REQUIRED.join(',')}`);
  const twice = columns.find((name, n) => columns.indexOf(name) !== n);
  if (twice) throw refusal(twice, `the first line names ${twice} twice: leave one of them out`);
  return {
    hasHeader: true,
    read(line) {
      const values = cells(line);
      if (values.length !== columns.length) {
        throw refusal('row', `has ${values.length} fields, not ${columns.length}: quote what holds a comma`);
      }
      return Object.fromEntries(columns.map((name, n) => [name, values[n] || undefined]));
    },
  };
}

/** @throws InvalidRequestError `bad-input`, with the field and what to do; no value is quoted */
export function checkedRow(row: RawRow, now: Date): ImportRow {
  known(Object.keys(row));
  const appUserId = checkedAppUserId(row.app_user_id);
  // What a reader of UTF-8 puts for bytes that are none.
  if (appUserId.includes('\ufffd')) throw refusal('app_user_id', 'is not UTF-8: save the file as UTF-8');
  const publicId = typeof row.pkb_public_id === 'string' ? asPublicId(row.pkb_public_id) : undefined;
  if (!publicId) throw refusal('pkb_public_id', 'is not a UUID: give the id that $purview named');
  const { refresh_token: refreshToken, state = 'active' } = row;
  // Who has not said "yes, that is me", or whose grant has ended, is not made active by a file.
  if (state !== 'active') throw refusal('state', 'is not active: that patient grants again, on our pages');
  if (typeof refreshToken !== 'string' || !REFRESH_TOKEN.test(refreshToken)) {
    throw refusal('refresh_token', 'is missing or no token: give it as PKB issued it');
  }
  const grantedAt = row.granted_at === undefined ? undefined : moment(row.granted_at, now);
  return { appUserId, publicId, refreshToken, ...(grantedAt && { grantedAt }) };
}

function moment(text: unknown, now: Date): Date {
  const at = typeof text === 'string' && MOMENT.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(at.getTime())) {
    throw refusal('granted_at', 'is not a time with an offset: write it as 2026-03-01T09:00:00Z');
  }
  if (at > now) throw refusal('granted_at', 'is in the future: correct it or leave it out');
  return at;
}

function jsonRow(line: string): RawRow {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw refusal('row', 'is not JSON: write one object a line');
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw refusal('row', 'is not a JSON object: write one object a line');
  }
  return row as RawRow;
}

function cells(line: string): readonly string[] {
  try {
    const [row = []] = parse(line, { relax_column_count: true }) as string[][];
    return row;
  } catch {
    // Its own message quotes the line, and so the token.
    throw refusal('row', 'has quotes that do not close: double each quote inside a quoted field');
  }
}

/** A misspelt `granted_at` would be ignored in silence. */
function known(names: readonly string[]): void {
  if (names.every((name) => FIELDS.includes(name))) return;
  throw refusal('row', `has a field that is none of ${FIELDS.join(', ')}: rename it or leave it out`);
}

function refusal(field: string, message: string): InvalidRequestError {
  return new InvalidRequestError('bad-input', message.startsWith('the ') ? message : `${field} ${message}`, {
    field,
  });
}
