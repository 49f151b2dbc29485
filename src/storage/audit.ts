/** The part of the store's promise (`store.ts`) that tells who did what: the audit trail. */

import type { Act, Actor, AuditEntry } from '../model.ts';

/** An act that is not told by an event of a link: of those there is an entry with each event. */
export interface NewAuditEntry extends Pick<AuditEntry, 'linkId' | 'reference' | 'reason' | 'count'> {
  readonly act: Act;
  readonly by: Actor;
}

/** A place in the chain, and the hash of what is there. At the beginning 0 and `''`. */
export type ChainPlace = Pick<AuditEntry, 'position' | 'hash'>;

export interface Chain {
  /** Where it begins: what was before has been purged. */
  readonly anchor: ChainPlace;
  readonly head: ChainPlace;
}

export interface Audit {
  /** In the order of the chain; all that is committed is in it. Of one account: what its links and events that are held name. */
  listAudit(page: {
    readonly linkId?: string;
    readonly appUserId?: string;
    /** A position. */
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly AuditEntry[]>;

  /** As the database says: whether it is true is for `operator/verify-audit.ts` to find out. */
  auditChain(): Promise<Chain>;

  /**
   * Deletes the oldest entries of which none is of `before` or later, up to `limit`, and moves the anchor to the last of
   * them. Itself an act: `audit.purged`.
   * @returns how many
   */
  purgeAudit(purge: { readonly before: Date; readonly limit: number }): Promise<number>;
}
