/** The part of the store's promise (`store.ts`) that answers one person's rights, and forgets what was kept long enough. */

import type {
  Actor,
  ExpectedIdentity,
  FeedEvent,
  Link,
  LinkSession,
  PendingAuthorization,
} from '../model.ts';
import type { DeadLetter } from './outward.ts';

/** All that is stored of one account, each oldest first. Of what is secret it is told that it is there. */
export interface Held {
  readonly links: readonly (Link & { readonly holdsTokens: boolean })[];
  readonly events: readonly FeedEvent[];
  readonly authorizations: readonly (PendingAuthorization & Expecting)[];
  readonly linkSessions: readonly (LinkSession & Expecting)[];
  /** Events that the partner's receiver has not accepted yet. */
  readonly webhooksWaiting: number;
  readonly deadLetters: readonly DeadLetter[];
  /** Answers that wait in this machine's spool. */
  readonly spooled: number;
}

interface Expecting {
  /** Whom the partner said that the person is. */
  readonly expected?: ExpectedIdentity;
}

/** What is gone. */
export interface Erased {
  /** Their ids. */
  readonly links: readonly string[];
  readonly events: number;
  readonly authorizations: number;
  readonly linkSessions: number;
  /** Of this machine's spool. */
  readonly spooled: number;
  /**
   * True where the account's id and its records' are in no file of the database any more. Where SQLite has moved rows about, a
   * copy may be left that nobody reads: `rewrite` helps. PostgreSQL cannot say so: its files hold deleted rows until it has
   * vacuumed them and written over the room, and its WAL until that is recycled.
   */
  readonly expunged: boolean;
}

export interface People {
  heldOf(appUserId: string): Promise<Held>;

  /**
   * Deletes all of it, in one transaction. What is under way for the account finds nothing to write to afterwards. The
   * audit trail gets an entry `person.erased` for each link, or one where there was none; nothing to erase is no act.
   * Readers of the feed see no trace of the events, and may still ask for what came after one of them, for a year.
   */
  erasePerson(appUserId: string, by: Actor): Promise<Erased>;

  /**
   * Erases links that were unlinked before then, with all that belongs to them, and events of then that had no link. The audit
   * trail gets an entry `link.erased` for each link.
   * @param erasing.limit of links, and of such events
   * @returns how many
   */
  eraseUnlinked(erasing: { readonly before: Date; readonly limit: number }): Promise<number>;

  /**
   * Writes the database anew, so that nothing that was deleted is left in its files. For a process of its own: it keeps writers
   * waiting, and its own process too. False where that cannot be done, as on PostgreSQL.
   */
  rewrite(): Promise<boolean>;
}
