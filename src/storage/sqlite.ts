/**
 * SQLite as a SqlDatabase, over `node:sqlite`: one connection, used by many callers of this process and beside other
 * processes of this machine. A commit is on the disk when its promise resolves (WAL, `synchronous = FULL`).
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, createReadStream, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { changesElsewhere, countCommit } from './changes-elsewhere.ts';
import { checkpoints, PAGES_AT_MOST } from './checkpoints.ts';
import { groupCommit } from './group-commit.ts';
import type { Query, Sql, SqlDatabase } from './sql.ts';
import { asFailure, isBusy, uniqueViolation, untilFree } from './sqlite-errors.ts';

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
      connection.exec(`
        pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on;
        pragma wal_autocheckpoint = ${PAGES_AT_MOST}`),
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
  const { committed, end } = checkpoints(path);
  const commits = groupCommit(connection, () => {
    countCommit();
    committed();
  });

  /** One at a time, in the order of the calls: nobody's statement lands in another's open transaction. */
  function inTurn<T>(work: () => Promise<T>, how?: 'outside'): Promise<T> {
    if (running.getStore()?.over === false) {
      return Promise.reject(
        new Error('called inside its own transaction, where it would wait for itself: use the one given'),
      );
    }
    return commits.join(work, how);
  }

  /** A read at once where nobody is in line, and no transaction is open then: the line would cost as much as the read. */
  function alone<T>(work: () => T, { isRead }: { readonly isRead: boolean }): Promise<T> {
    if (!isRead || commits.busy()) return inTurn(async () => attempt(work));
    try {
      return Promise.resolve(attempt(work));
    } catch (error) {
      if (isBusy(error)) return inTurn(() => untilFree(() => attempt(work)), 'outside');
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

  function within(turn: Turn): Sql {
    return statements(
      prepare,
      async (work) => {
        if (turn.over) throw new Error('a statement came after the end of its transaction');
        try {
          return attempt(work);
        } catch (error) {
          turn.failure ??= error;
          throw asFailure(error);
        }
      },
      (text) => connection.exec(text),
    );
  }

  /** Older pages are in it as they were. False where somebody goes on reading them. */
  async function emptyWal(): Promise<boolean> {
    const limit = performance.now() + READERS_LIMIT;
    do {
      const [row] = await inTurn(
        async () => connection.prepare('pragma wal_checkpoint(truncate)').all(),
        'outside',
      );
      if (row?.busy === 0) return true;
      await pause(10);
    } while (performance.now() < limit);
    return false;
  }

  return {
    ...statements(prepare, alone, (text) => connection.exec(text)),

    // It may hold what is not for a transaction.
    script: (text) => inTurn(() => untilFree(() => connection.exec(text)), 'outside'),

    transaction: (work) =>
      inTurn(async () => {
        const turn: Turn = { over: false };
        try {
          const result = await running.run(turn, () => work(within(turn)));
          if (turn.failure !== undefined) throw turn.failure;
          return result;
        } catch (error) {
          throw asFailure(error);
        } finally {
          turn.over = true;
        }
      }),

    async expunged(texts) {
      return (await emptyWal()) && !(await holds(path, texts));
    },

    async rewrite() {
      await inTurn(() => untilFree(() => connection.exec('vacuum')), 'outside');
      return emptyWal();
    },

    watch({ table, column }, changed) {
      connection.function('changed', (value) => {
        changed(String(value));
        return null;
      });
      for (const act of ['update', 'delete']) {
        connection.exec(`
          create temp trigger ${table}_${act} after ${act} on main.${table}
          begin select changed(old.${column}); end`);
      }
      return changesElsewhere(connection);
    },

    close: () =>
      inTurn(async () => {
        await end();
        if (connection.isOpen) connection.close();
      }, 'outside'),
  };
}

function statements(
  prepare: (query: Query) => Statement,
  perform: <T>(work: () => T, how: { readonly isRead: boolean }) => Promise<T>,
  exec: (text: string) => void,
): Sql {
  const how = ({ text }: Query) => ({ isRead: isRead(text) });
  return {
    all: <Row>(query: Query) => perform(() => prepare(query).all(query.values) as Row[], how(query)),
    get: <Row>(query: Query) =>
      perform(() => prepare(query).get(query.values) as Row | undefined, how(query)),
    run: (query) => perform(() => prepare(query).run(query.values), how(query)),
    script: (text) => perform(() => exec(text), { isRead: false }),
  };
}

function isRead(text: string): boolean {
  return /^\s*(select|with|pragma)\b/.test(text);
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

interface Statement {
  all(values: Query['values']): unknown[];
  get(values: Query['values']): unknown;
  run(values: Query['values']): number;
}

function statementOf(statement: StatementSync, text: string): Statement {
  const run: Statement['run'] = (values) => Number(statement.run(...values).changes);
  const all: Statement['all'] = (values) => statement.all(...values);
  // `StatementSync.get` stops after a row, so a `returning` statement would commit where no error is seen.
  if (!isRead(text)) return { all, get: (values) => all(values)[0], run };
  if (text.includes('*')) return { all, get: (values) => statement.get(...values), run };

  // Half of what a read costs is `node:sqlite` naming the columns of each row. Where the statement names them itself they
  // stay what they are, also when another process migrates the database.
  const empty: Record<string, unknown> = Object.fromEntries(
    statement.columns().map(({ name }) => [name, undefined]),
  );
  const names = Object.keys(empty);
  statement.setReturnArrays(true);
  function named(row: unknown): Record<string, unknown> {
    // A copy has its fields already, which is cheaper than to add one after the other.
    const fields = { ...empty };
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
