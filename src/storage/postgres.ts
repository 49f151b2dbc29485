/**
 * PostgreSQL as a SqlDatabase, over `pg`: a pool of connections, for many processes on many machines.
 *
 * Transactions are SERIALIZABLE and run again where PostgreSQL finds that two of them cannot be put in an order; single
 * statements are their own transactions and queue behind none (docs/decisions/0008-postgresql-transactions.md).
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type ClientBase, type CustomTypesConfig, Pool, type QueryConfig, types } from 'pg';
import { sha256 } from '../sha256.ts';
import {
  asFailure,
  changedNothing,
  isLost,
  isPassing,
  leavesConnectionGood,
  uniqueViolation,
} from './postgres-errors.ts';
import type { Query, Sql, SqlDatabase } from './sql.ts';

export const DEFAULT_POOL_SIZE = 10;

/** How long what certainly changed nothing is tried again, in milliseconds: the restart of a server fits in. */
const PATIENCE = 10_000;

/** How long a process waits for another one's migrations, in milliseconds. */
const MIGRATIONS_LIMIT = 60_000;

/** "pkbl": who holds this advisory lock of the database is the one that migrates it. */
const MIGRATION_LOCK = 0x706b626c;

const numbers: CustomTypesConfig = {
  // Times and counters: `pg` hands out text, for a bigint that does not fit a number. Ours do.
  getTypeParser: (type, format) =>
    type === types.builtins.INT8 ? Number : types.getTypeParser(type, format ?? 'text'),
};

const CONNECTION = {
  application_name: 'pkb-link',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  types: numbers,
} as const;

/**
 * In milliseconds, in this order: a transaction whose process has stopped is ended while those who wait for its rows
 * still wait, and the server answers before we stop listening.
 */
const LIMITS = {
  idle_in_transaction_session_timeout: 5_000,
  lock_timeout: 10_000,
  statement_timeout: 15_000,
} as const;
const ANSWER_LIMIT = 20_000;

/** The same for whoever has no session of their own to set them for: the role has them. */
export const LIMITS_OF_ROLE: readonly string[] = Object.entries(LIMITS).map(
  ([name, ms]) => `set ${name} = ${ms}`,
);

interface Connection {
  readonly client: ClientBase;
  /** Not to be used again. */
  spoilt: boolean;
}

interface Turn {
  over: boolean;
  committing: boolean;
  /** The first failed statement. */
  failure?: unknown;
}

/** Something that certainly changed nothing failed, for a reason that will pass. */
class Again extends Error {}

/**
 * Connects when it is first used. A server that restarts or a connection that is cut is survived: what certainly was not
 * done is done again on a fresh connection, a statement that only reads as well. A write whose answer was lost is not
 * repeated: it throws, and the caller decides.
 *
 * @param url `postgres://user:password@host:port/database` with the parameters that `pg` knows
 * @param options.pooled another connection of the server's may answer each transaction: nothing of a session is relied on
 */
export function openPostgres(
  url: string,
  { poolSize = DEFAULT_POOL_SIZE, pooled = false } = {},
): SqlDatabase {
  // Idle connections are closed after 10 seconds, so that hardly one is there to be found dead.
  const pool = new Pool({
    ...CONNECTION,
    ...(!pooled && LIMITS),
    query_timeout: ANSWER_LIMIT,
    connectionString: url,
    max: poolSize,
    idleTimeoutMillis: 10_000,
    maxLifetimeSeconds: 1_800,
  });
  // Without a listener a cut connection would end the process. The pool has let go of an idle one by itself; on one in
  // use the next statement fails, and says why.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));

  const running = new AsyncLocalStorage<Turn>();
  const underWay = new Set<Promise<unknown>>();
  let lastTransaction: Promise<unknown> = Promise.resolve();
  let closed: Promise<void> | undefined;

  function begin<T>(work: () => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(new Error('the database is closed'));
    if (running.getStore()?.over === false) {
      return Promise.reject(new Error('called inside its own transaction: use the one given'));
    }
    const result = work();
    underWay.add(result);
    result.catch(() => undefined).finally(() => underWay.delete(result));
    return result;
  }

  async function connected<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => {
      throw isPassing(error) ? new Again('no connection', { cause: error }) : error;
    });
    const connection: Connection = { client, spoilt: false };
    try {
      return await work(connection);
    } finally {
      client.release(connection.spoilt);
    }
  }

  /** One at a time: those that wait here hold no connection, which the single statements need. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = lastTransaction.then(work);
    lastTransaction = result.catch(() => undefined);
    return result;
  }

  return {
    ...statements(
      (statement) =>
        begin(() =>
          patiently(() =>
            connected(async (connection) => {
              try {
                return await send(connection, statement);
              } catch (error) {
                if (changedNothing(error) || (isLost(error) && isRead(statement))) {
                  throw new Again('nothing was changed', { cause: error });
                }
                throw asFailure(error);
              }
            }),
          ),
        ),
      !pooled,
    ),

    transaction: (work) =>
      begin(() =>
        inTurn(() =>
          patiently(() => connected((connection) => transaction(connection, work, running, !pooled))),
        ),
      ),

    // Its files hold what was deleted until it has vacuumed and written over it, and its WAL for longer.
    expunged: async () => false,
    rewrite: async () => false,

    close() {
      closed ??= Promise.allSettled(underWay).then(() => pool.end());
      return closed;
    },
  };
}

/**
 * Runs `work` in one transaction on a connection of its own, while every other caller of `alone` on this database waits:
 * for migrations, which may take longer than any other statement. A statement that fails ends it all.
 * @throws what `pg` throws where the database cannot be reached or used
 */
export async function alone<T>(url: string, work: (database: SqlDatabase) => Promise<T>): Promise<T> {
  const client = new Client({ ...CONNECTION, connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Not SERIALIZABLE: after it has waited for the lock it would see the database as it was before. The lock is the
    // transaction's, for a pooler may give the next one another session.
    await client.query(
      `begin isolation level read committed; set local lock_timeout = ${MIGRATIONS_LIMIT};
      set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`,
    );
    await client.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    const database = statements((statement) => client.query(statement), false);
    const result = await work({
      ...database,
      transaction: (inside) => inside(database),
      expunged: async () => false,
      rewrite: async () => false,
      close: async () => undefined,
    });
    await client.query('commit');
    return result;
  } finally {
    await client.end();
  }
}

type Statement = QueryConfig | string;
type Send = (statement: Statement) => Promise<{ rows: unknown[]; rowCount: number | null }>;

/** @param named whether a session keeps the plans of statements */
function statements(sendTo: Send, named: boolean): Sql {
  const prepared = named ? withName : withoutName;
  const perform: Send = async (statement) => {
    try {
      return await sendTo(statement);
    } catch (error) {
      throw uniqueViolation(error) ?? error;
    }
  };
  return {
    all: async <Row>(query: Query) => (await perform(prepared(query))).rows as Row[],
    get: async <Row>(query: Query) => (await perform(prepared(query))).rows[0] as Row | undefined,
    run: async (query) => (await perform(prepared(query))).rowCount ?? 0,
    script: async (text) => void (await perform(text)),
  };
}

const names = new Map<string, string>();

/** Named, so that a connection plans each statement once. PostgreSQL cuts names at 63 bytes. */
function withName({ text, values }: Query): QueryConfig {
  let name = names.get(text);
  if (name === undefined) {
    name = sha256(text).slice(0, 32);
    names.set(text, name);
  }
  return { name, text, values: [...values] };
}

function withoutName({ text, values }: Query): QueryConfig {
  return { text, values: [...values] };
}

function isRead(statement: Statement): boolean {
  return typeof statement !== 'string' && /^\s*select\b/i.test(statement.text);
}

async function send(connection: Connection, statement: Statement) {
  try {
    return await connection.client.query(statement);
  } catch (error) {
    connection.spoilt ||= !leavesConnectionGood(error);
    throw error;
  }
}

/** @throws Again where it certainly left nothing behind and may be run again */
async function transaction<T>(
  connection: Connection,
  work: (tx: Sql) => Promise<T>,
  running: AsyncLocalStorage<Turn>,
  named: boolean,
): Promise<T> {
  const turn: Turn = { over: false, committing: false };
  let last: Promise<unknown> = Promise.resolve();

  // One after the other, as `pg` asks for, also where `work` does not wait.
  function inside(statement: Statement) {
    const result = last.then(() => send(connection, statement));
    last = result.catch((error) => {
      turn.failure ??= error;
    });
    return result;
  }

  try {
    await inside('begin isolation level serializable');
    const result = await running.run(turn, () => work(within(turn, inside, named)));
    await last;
    if (turn.failure !== undefined) throw turn.failure;
    turn.committing = true;
    await inside('commit');
    return result;
  } catch (error) {
    await last;
    if (!connection.spoilt) await send(connection, 'rollback').catch(() => undefined);
    // What `work` made of a failed statement does not count where the statement says that all of it may be run again.
    if (changedNothing(turn.failure) || (isLost(turn.failure) && !turn.committing)) {
      throw new Again('nothing was changed', { cause: turn.failure });
    }
    // What `work` threw is its own; what a statement met is the database's.
    throw error === turn.failure ? (uniqueViolation(error) ?? asFailure(error)) : error;
  } finally {
    turn.over = true;
  }
}

function within(turn: Turn, inside: Send, named: boolean): Sql {
  return statements(async (statement) => {
    if (turn.over) throw new Error('a statement came after the end of its transaction');
    try {
      return await inside(statement);
    } catch (error) {
      throw asFailure(error);
    }
  }, named);
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const limit = performance.now() + PATIENCE;
  for (let longest = 10; ; longest = Math.min(2 * longest, 500)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Again)) throw error;
      if (performance.now() > limit) throw asFailure(error.cause);
    }
    await pause(Math.random() * longest);
  }
}
