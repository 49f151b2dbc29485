/**
 * SQLite as a SqlDatabase, over `node:sqlite`: one connection, used by many callers of this process and beside other
 * processes of this machine. A commit is on the disk when its promise resolves (WAL, `synchronous = FULL`).
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, createReadStream, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { FaultError } from '../errors.ts';
import { type Query, type Sql, type SqlDatabase, UniqueViolation } from './sql.ts';

// https://sqlite.org/rescode.html
const SQLITE_BUSY = 5;
/** Locked for too long, no memory, not to be written, a disk that fails, no room on it, no file any more. */
const AWAY: ReadonlySet<number> = new Set([SQLITE_BUSY, 6, 7, 8, 10, 13, 14]);
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** How long a statement waits for another process's transaction, in milliseconds. */
const BUSY_LIMIT = 10_000;
/** How long it waits for those who still read what has been deleted, in milliseconds. */
const READERS_LIMIT = 2_000;

interface Turn {
  over: boolean;
  failure?: unknown;
}

/**
 * Opens the file at `path`, creating it (mode 0600) and its directories (mode 0700) where they are missing.
 * `:memory:` is a database that lives as long as the connection.
 */
export async function openSqlite(path: string): Promise<SqlDatabase> {
  if (path !== ':memory:') createFile(path);
  // No busy timeout: it would stop this thread while it waits, and with it the caller that holds the lock, where that
  // one is another connection of this process. `untilFree` waits without stopping anybody.
  const connection = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
  try {
    await untilFree(() =>
      connection.exec('pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on'),
    );
  } catch (error) {
    connection.close();
    throw error;
  }
  return sqlite(connection, path);
}

/** To look at a database that is there, and never to write: none is made. */
export function openSqliteToRead(path: string): SqlDatabase {
  return sqlite(new DatabaseSync(path, { timeout: 0, readOnly: true }), path);
}

function createFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its journal files the mode of this one.
  closeSync(openSync(path, 'a', 0o600));
}

function sqlite(connection: DatabaseSync, path: string): SqlDatabase {
  const prepared = new Map<string, Statement>();
  const running = new AsyncLocalStorage<Turn>();
  let last: Promise<unknown> = Promise.resolve();
  let inLine = 0;

  /** One at a time, in the order of the calls: nobody's statement lands in another's open transaction. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running.getStore()?.over === false) {
      return Promise.reject(
        new Error('called inside its own transaction, where it would wait for itself: use the one given'),
      );
    }
    inLine += 1;
    const result = last.then(work).finally(() => {
      inLine -= 1;
    });
    last = result.catch(() => undefined);
    return result;
  }

  /** At once where nobody is in line, and no transaction is open then: for a read the line costs as much as the read. */
  function alone<T>(work: () => T): Promise<T> {
    if (inLine > 0) return inTurn(() => untilFree(() => attempt(work)));
    try {
      return Promise.resolve(attempt(work));
    } catch (error) {
      if (primaryCode(error) === SQLITE_BUSY) return inTurn(() => untilFree(() => attempt(work)));
      return Promise.reject(asFailure(error));
    }
  }

  function prepare({ text }: Query): Statement {
    let statement = prepared.get(text);
    if (!statement) {
      statement = statementOf(connection.prepare(text.replaceAll(/\$(\d+)/g, '?$1')), text);
      prepared.set(text, statement);
    }
    return statement;
  }

  function attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw uniqueViolation(connection, error) ?? error;
    }
  }

  function statements(perform: <T>(work: () => T) => Promise<T>): Sql {
    return {
      all: <Row>(query: Query) => perform(() => prepare(query).all(query.values) as Row[]),
      get: <Row>(query: Query) => perform(() => prepare(query).get(query.values) as Row | undefined),
      run: (query) => perform(() => prepare(query).run(query.values)),
      script: (text) => perform(() => connection.exec(text)),
    };
  }

  function within(turn: Turn): Sql {
    return statements(async (work) => {
      if (turn.over) throw new Error('a statement came after the end of its transaction');
      try {
        return attempt(work);
      } catch (error) {
        turn.failure ??= error;
        throw asFailure(error);
      }
    });
  }

  /** Older pages are in it as they were. False where somebody goes on reading them. */
  async function emptyWal(): Promise<boolean> {
    const limit = performance.now() + READERS_LIMIT;
    do {
      const [row] = await inTurn(async () => connection.prepare('pragma wal_checkpoint(truncate)').all());
      if (row?.busy === 0) return true;
      await pause(10);
    } while (performance.now() < limit);
    return false;
  }

  return {
    ...statements(alone),

    transaction: (work) =>
      inTurn(async () => {
        // Immediate: a transaction that reads first and writes later could find its snapshot out of date.
        await untilFree(() => connection.exec('begin immediate'));
        const turn: Turn = { over: false };
        try {
          const result = await running.run(turn, () => work(within(turn)));
          if (turn.failure !== undefined) throw turn.failure;
          connection.exec('commit');
          return result;
        } catch (error) {
          if (connection.isTransaction) connection.exec('rollback');
          throw asFailure(error);
        } finally {
          turn.over = true;
        }
      }),

    async expunged(texts) {
      return (await emptyWal()) && !(await holds(path, texts));
    },

    async rewrite() {
      await inTurn(() => untilFree(() => connection.exec('vacuum')));
      return emptyWal();
    },

    close: () =>
      inTurn(async () => {
        if (connection.isOpen) connection.close();
      }),
  };
}

/**
 * Whether a file has one of these texts anywhere. `secure_delete` writes zeros over a deleted row; a copy that was left where
 * the row had been, before SQLite moved it to another page, it does not know of.
 */
async function holds(path: string, texts: readonly string[]): Promise<boolean> {
  if (path === ':memory:') return false;
  const sought = texts.map((text) => Buffer.from(text));
  const overlap = Math.max(0, ...sought.map(({ length }) => length - 1));
  let before = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const seen = Buffer.concat([before, chunk as Buffer]);
    if (sought.some((bytes) => seen.includes(bytes))) return true;
    before = seen.subarray(Math.max(0, seen.length - overlap));
  }
  return false;
}

/** Repeats what another connection's lock refused: such a statement has changed nothing. */
async function untilFree<T>(work: () => T): Promise<T> {
  const limit = performance.now() + BUSY_LIMIT;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (primaryCode(error) !== SQLITE_BUSY || performance.now() > limit) throw asFailure(error);
    }
    await pause(1 + Math.random() * 9);
  }
}

interface Statement {
  all(values: Query['values']): unknown[];
  get(values: Query['values']): unknown;
  run(values: Query['values']): number;
}

function statementOf(statement: StatementSync, text: string): Statement {
  const run: Statement['run'] = (values) => Number(statement.run(...values).changes);
  const all: Statement['all'] = (values) => statement.all(...values);
  // `StatementSync.get` stops after a row, so a `returning` statement would commit where no error is seen.
  if (!/^\s*select\b/.test(text)) return { all, get: (values) => all(values)[0], run };
  if (text.includes('*')) return { all, get: (values) => statement.get(...values), run };

  // Half of what a read costs is `node:sqlite` naming the columns of each row. Where the statement names them itself they
  // stay what they are, also when another process migrates the database.
  const names = statement.columns().map(({ name }) => name);
  statement.setReturnArrays(true);
  function named(row: unknown): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (let place = 0; place < names.length; place += 1)
      fields[names[place] ?? ''] = (row as unknown[])[place];
    return fields;
  }
  return {
    all: (values) => all(values).map(named),
    get(values) {
      const row = statement.get(...values);
      return row && named(row);
    },
    run,
  };
}

/** SQLite names the columns (`UNIQUE constraint failed: link.environment, …`); the index over them has the name. */
function uniqueViolation(connection: DatabaseSync, error: unknown): UniqueViolation | undefined {
  if (resultCode(error) !== SQLITE_CONSTRAINT_UNIQUE) return undefined;
  const columns = (error as Error).message.replace(/^.*failed: /, '').split(', ');
  const table = columns[0]?.split('.')[0] ?? '';
  const indexes = connection
    .prepare(
      `select l.name, group_concat(? || '.' || i.name, ', ' order by i.seqno) as columns
       from pragma_index_list(?) l, pragma_index_info(l.name) i where l."unique" group by l.name`,
    )
    .all(table, table);
  const index = indexes.find((each) => each.columns === columns.join(', '));
  return index && new UniqueViolation(String(index.name), { cause: error });
}

/** What SQLite threw, as a failure of ours where the file cannot be had or written now; anything else as it came. */
function asFailure(error: unknown): unknown {
  const code = primaryCode(error);
  if (code === undefined || !AWAY.has(code)) return error;
  return new FaultError('store-unavailable', 'SQLite cannot write or read its file now', { cause: error });
}

function primaryCode(error: unknown): number | undefined {
  const code = resultCode(error);
  return code === undefined ? undefined : code & 0xff;
}

function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined;
}
