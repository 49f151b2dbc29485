/** The glue that a tutorial leaves to its reader: a table of tokens, by account, in SQLite. Commits are as durable as ours. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface Rows<Stored> {
  put(account: string, stored: Stored): void;
  get(account: string): Stored | undefined;
  change(change: (stored: Stored) => Stored): void;
  /** Gives these accounts what that one has. */
  multiply(from: string, accounts: readonly string[]): void;
  close(): void;
}

export function openRows<Stored>(folder: string): Rows<Stored> {
  const database = durable(join(folder, 'tokens.db'));
  database.exec('create table if not exists tokens (account text primary key, stored text not null)');
  const put = database.prepare('insert or replace into tokens (account, stored) values (?, ?)');
  const get = database.prepare('select stored from tokens where account = ?');
  const read = (stored: unknown) => JSON.parse(String(stored)) as Stored;
  return {
    put: (account, stored) => void put.run(account, JSON.stringify(stored)),
    get(account) {
      const row = get.get(account);
      return row && read(row.stored);
    },
    change(change) {
      for (const { account, stored } of database.prepare('select * from tokens').all()) {
        put.run(String(account), JSON.stringify(change(read(stored))));
      }
    },
    multiply(from, accounts) {
      const row = get.get(from);
      for (const account of accounts) if (row) put.run(account, row.stored ?? null);
    },
    close: () => database.close(),
  };
}

/** With the journal and the fsyncs that pkb-link has, so that a difference is not one of durability. */
export function durable(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  database.exec('pragma journal_mode = wal; pragma synchronous = full');
  return database;
}
