/**
 * The promise of every store. A store belongs to one environment and one client (`StoreScope`): the rows of another
 * are not there for it. Secrets are sealed inside it; what it hands out is open, what it writes never is.
 *
 * Every method is one atomic statement or one transaction, and is durable when its promise resolves.
 * `test/contracts/store.ts` is this file as a suite: a store that passes it keeps the promise.
 */

import type {
  Actor,
  ExpectedIdentity,
  GrantHealth,
  IdentityComparison,
  Link,
  LinkEvent,
  LinkSession,
  LinkState,
  PendingAuthorization,
  PublicId,
  TokenSet,
} from '../model.ts';
import type { Audit, NewAuditEntry } from './audit.ts';
import type { ForConsole } from './console.ts';
import type { Outward } from './outward.ts';
import type { People } from './people.ts';
import type { KeyRing } from './seal.ts';

export interface StoreScope {
  readonly environment: string;
  readonly clientId: string;
}

/** What opens a store, whichever it is. */
export interface StoreOptions {
  readonly scope: StoreScope;
  readonly keyRing: KeyRing;
  /** The clock by which a lease is over and what nobody dated is dated. Default: PostgreSQL's own, or this machine's. */
  readonly now?: () => Date;
  /** Opens also where rows are sealed with keys that the ring lacks: to see which they are, not to serve. */
  readonly keysMayBeMissing?: boolean;
  /** See `AppOptions.tokensInMemory`. */
  readonly tokensInMemory?: number;
}

export interface NewPendingAuthorization
  extends Omit<PendingAuthorization, 'step' | 'exchangeStartedAt' | 'refusal' | 'linkId'> {
  /** SHA-256 of `state`; the state itself is never stored. */
  readonly stateHash: string;
  /** PKCE code verifier (RFC 7636), stored sealed. */
  readonly codeVerifier?: string;
  /** Whom the partner expects, stored sealed and gone when the authorization ends. */
  readonly expected?: ExpectedIdentity;
}

export interface NewLinkSession
  extends Pick<
    LinkSession,
    'id' | 'appUserId' | 'returnUrl' | 'page' | 'language' | 'createdAt' | 'expiresAt'
  > {
  /** SHA-256 of the secret in its address; the secret itself is never stored. */
  readonly secretHash: string;
  readonly secrets: LinkSessionSecrets;
}

/** What a link session keeps sealed, until it is over. */
export interface LinkSessionSecrets {
  /** Given to the browser that PKB answered, for the partner's back end to show. */
  readonly completion: string;
  /** Given to the partner's back end, for the browser of whoever is signed in there. */
  readonly vouching: string;
  readonly expected?: ExpectedIdentity;
}

/** An event of a link, or of an account that has none, and who made it happen. */
export type NewLinkEvent = Pick<LinkEvent, 'type' | 'at' | 'reason'> & { readonly by: Actor } & (
    | {
        readonly linkId: string;
        /** Whose link it is: with it the database looks in one place only. */
        readonly appUserId?: string;
      }
    | { readonly appUserId: string; readonly linkId?: never }
  );

/** What came back to the redirect address: a code, or the reason there is none. */
export type AuthorizationAnswer = { readonly code: string } | { readonly refusal: string };

export interface TakenCode {
  readonly authorization: PendingAuthorization;
  readonly code: string;
  readonly codeVerifier?: string;
}

export interface NewLink {
  readonly id: string;
  readonly appUserId: string;
  readonly publicId: PublicId;
  readonly state: 'proposed' | 'active';
  readonly grantedAt: Date;
  readonly proposalExpiresAt?: Date;
  readonly comparison?: IdentityComparison;
  readonly tokenSet: TokenSet;
}

/** A change of a link's row. An absent key leaves the column alone; `null` empties it. */
export interface LinkChange {
  readonly state?: LinkState;
  readonly reason?: string | null;
  readonly confirmedAt?: Date;
  /** Taken with `state: 'unlinked'` only; the store's own clock where it is missing. */
  readonly unlinkedAt?: Date;
  readonly proposalExpiresAt?: Date | null;
  readonly grantedAt?: Date;
  readonly comparison?: IdentityComparison | null;
  /** `null` destroys the tokens. Giving either also ends any refresh in flight: its commit will find nothing. */
  readonly tokenSet?: TokenSet | null;
}

/** A link with what only `flow/refresh.ts` may see. */
export interface Grant {
  readonly link: Link;
  readonly tokenSet: TokenSet;
  /** When a refresh was sent whose answer is not stored. Present while one is in flight and after one was lost. */
  readonly refreshSentAt?: Date;
  /** Somebody may be waiting for PKB's answer right now. */
  readonly leased: boolean;
}

/** The right to send one refresh, written before it is sent. */
export interface RefreshLease {
  readonly linkId: string;
  readonly appUserId: string;
  readonly owner: string;
  /** Grows with each lease of the link: a release with an older one does nothing. */
  readonly fence: number;
  /** The link's version with this lease in it: what `changeLink` takes from the holder. */
  readonly version: number;
  readonly tokenSet: TokenSet;
}

/** Part of a walk over all rows. `after` is the `next` of the page before; the first page has none. */
export interface WalkPage {
  readonly after?: string;
  /** How many rows to look at. */
  readonly limit: number;
}

/** What the store holds, for whoever watches over it. */
export interface StoreCounts {
  /** A line for each state and health that a link has, unlinked ones too. */
  readonly links: readonly {
    readonly state: LinkState;
    readonly health: GrantHealth;
    readonly links: number;
  }[];
  readonly deadLetters: number;
}

/** What a key seals. */
export interface SealedCount {
  /** Links, pending authorizations and link sessions of this scope. */
  readonly rows: number;
  /** Answers that wait in this machine's spool for the database. */
  readonly spooled: number;
}

/**
 * Where two links would share an account, or two confirmed ones a record. The database's constraint says so, whoever
 * raced. Inside a transaction it fails the transaction, even where it is caught there.
 */
export class AlreadyLinked extends Error {
  readonly taken: 'account' | 'record';
  constructor(taken: 'account' | 'record', options?: ErrorOptions) {
    super(`the ${taken} already has a link`, options);
    this.name = 'AlreadyLinked';
    this.taken = taken;
  }
}

export interface StoreTransaction {
  // link sessions

  addLinkSession(session: NewLinkSession): Promise<void>;

  /** By `browserSessionHash`: the session that this browser arrived at last. */
  findLinkSession(
    by: { readonly id: string } | { readonly secretHash: string } | { readonly browserSessionHash: string },
  ): Promise<LinkSession | undefined>;

  /** Undefined once the session is over and they are destroyed. */
  linkSessionSecrets(id: string): Promise<LinkSessionSecrets | undefined>;

  /**
   * Ties the session to this browser, the newest one, in one statement. Undefined where it is over, completed or dropped,
   * and where another browser has asked for the grant.
   */
  arriveAtLinkSession(arrival: {
    readonly secretHash: string;
    readonly browserSessionHash: string;
    readonly now: Date;
  }): Promise<LinkSession | undefined>;

  /** The browser asks for the grant, which gives the session until `expiresAt`. False where it is not (any more) this browser's. */
  askInLinkSession(asking: {
    readonly id: string;
    readonly browserSessionHash: string;
    readonly now: Date;
    readonly expiresAt: Date;
  }): Promise<boolean>;

  /** Once: not a session that is over, completed or dropped. From then on it is the browser's that is named, until `expiresAt`. */
  completeLinkSession(completion: {
    readonly id: string;
    readonly browserSessionHash: string;
    readonly now: Date;
    readonly expiresAt: Date;
  }): Promise<boolean>;

  /** Destroys its secrets. False where it was completed or dropped before. */
  dropLinkSession(id: string, refusal: string): Promise<boolean>;

  // pending authorizations

  addPendingAuthorization(authorization: NewPendingAuthorization): Promise<void>;

  /**
   * asked -> answered (with the code, sealed) or refused, for this state, this browser and, where `appUserId` is given,
   * this account, not after the expiry: one statement, so that of two callbacks exactly one gets the row.
   */
  takePendingAuthorization(taking: {
    readonly stateHash: string;
    readonly browserSessionHash: string;
    readonly appUserId?: string;
    readonly answer: AuthorizationAnswer;
    readonly now: Date;
  }): Promise<PendingAuthorization | undefined>;

  /** By `linkSessionId`: the newest that PKB has granted, or else the newest of this link session. */
  findPendingAuthorization(
    by: { readonly id: string } | { readonly stateHash: string } | { readonly linkSessionId: string },
  ): Promise<PendingAuthorization | undefined>;

  /** Whom the partner expects, for as long as the authorization has not ended. */
  expectedIdentity(id: string): Promise<ExpectedIdentity | undefined>;

  /** True where `code` is the one that this authorization was answered with. Known for as long as the row lives. */
  wasAnsweredWith(id: string, code: string): Promise<boolean>;

  /** answered -> exchanging: whoever gets the code is the only one who has it. */
  takeCode(id: string, now: Date): Promise<TakenCode | undefined>;

  /** exchanging -> answered, for a code that was certainly never used: somebody may take it again. */
  giveCodeBack(id: string): Promise<void>;

  /** exchanging -> exchanged, with the token set sealed and the code gone. Undefined where the row is not exchanging. */
  saveExchange(id: string, tokenSet: TokenSet): Promise<PendingAuthorization | undefined>;

  /** The token set of an exchanged authorization that is not yet identified. */
  exchangedTokenSet(id: string): Promise<TokenSet | undefined>;

  /** Any step but finished or refused -> the given one. Destroys all that is sealed in it. False where it had ended. */
  endPendingAuthorization(
    id: string,
    end:
      | { readonly step: 'finished'; readonly linkId: string }
      | { readonly step: 'refused'; readonly refusal: string },
  ): Promise<boolean>;

  // links

  /** @throws AlreadyLinked where the account has a link, or `state` is active and the record has a confirmed one. */
  addLink(link: NewLink): Promise<Link>;

  /** The account's link that is not unlinked. */
  findLink(appUserId: string): Promise<Link | undefined>;

  findLinkById(id: string): Promise<Link | undefined>;

  /** The record's link that is active, suspended or waiting to be reauthorized: at most one. */
  findConfirmedLink(publicId: PublicId): Promise<Link | undefined>;

  /** The account's most recently unlinked link. */
  findLastUnlinked(appUserId: string): Promise<Link | undefined>;

  /** In order of id, so that `after` (the last id seen) pages through all. Unlinked ones only where asked for. */
  listLinks(page: {
    readonly state?: LinkState;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly Link[]>;

  /** Every link that an account or a record has or had, the newest grant first, up to 50. */
  searchLinks(by: { readonly appUserId: string } | { readonly publicId: PublicId }): Promise<readonly Link[]>;

  /**
   * Changes the row if it still has `version`. Undefined where it has not: re-read and decide again. To unlink destroys
   * the tokens and is the last change there is: from then on the answer is always undefined.
   * @throws AlreadyLinked where the change would give the record a second confirmed link.
   */
  changeLink(id: string, version: number, change: LinkChange): Promise<Link | undefined>;

  /**
   * In the history, in the feed, and with who made it happen in the audit trail.
   * @throws Error where the link is not there, which fails a transaction.
   */
  addEvent(event: NewLinkEvent): Promise<void>;

  /** A link's history, oldest first. */
  listEvents(linkId: string): Promise<readonly LinkEvent[]>;

  /** An account's history, oldest first: of all its links, and what happened without one. */
  listAccountEvents(appUserId: string): Promise<readonly LinkEvent[]>;

  /** An entry of the audit trail that is no event of a link. */
  record(entry: NewAuditEntry): Promise<void>;

  // refresh: only flow/refresh.ts calls these

  /** Read by operator/export-links.ts too. */
  findGrant(linkId: string): Promise<Grant | undefined>;

  /**
   * The account's link that is not unlinked, and its grant where it has tokens: of one moment, so that a link that is
   * unlinked meanwhile does not look like a grant that has ended.
   */
  findGrantOf(
    appUserId: string,
  ): Promise<{ readonly link: Link; readonly grant: Grant | undefined } | undefined>;

  /**
   * Write ahead and lease in one statement: commits "refresh sent, by owner" for the version that was read, if nobody
   * holds the lease and there are tokens. Undefined where somebody does or the row has changed. A lease is over after
   * `forMs` milliseconds, by the store's clock.
   */
  leaseRefresh(lease: {
    readonly linkId: string;
    readonly appUserId: string;
    readonly version: number;
    readonly owner: string;
    readonly forMs: number;
    /** Kept as the link's `lastUsedAt`; absent where it is refreshed only to keep it. */
    readonly usedAt?: Date;
  }): Promise<RefreshLease | undefined>;

  /**
   * Saves the answer to a refresh, and ends any lease, if the refresh token that was spent for it is still the link's.
   * Undefined where it is not: an earlier answer, a new grant or an unlink came first, and this one is out of date. How
   * late it comes does not matter. Where the answer has no refresh token the event `link.session_ending` is written with it.
   * @returns `'kept'` where the database did not take it and it waits on the local disk (see `with-spool.ts`): it is safe
   */
  commitRefresh(lease: RefreshLease, tokenSet: TokenSet): Promise<Link | 'kept' | undefined>;

  /**
   * Gives up the lease without new tokens. `answer: 'known'` takes back the write-ahead mark (never sent, or clearly
   * refused): the grant is what it was before the lease, which is unsure where an earlier refresh was never answered.
   * `'unknown'` leaves the mark: the grant is unsure from here on. Does nothing where the fence has moved.
   */
  releaseRefresh(lease: RefreshLease, answer: 'known' | 'unknown'): Promise<void>;
}

export interface Store extends StoreTransaction, Outward, ForConsole, Audit, People {
  readonly scope: StoreScope;

  /**
   * All of `work` or none of it. Serialized against every other writer. May run `work` again: keep HTTP out of it. Inside
   * `work` use `tx` and not the store, and await what it returns.
   */
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T>;

  /**
   * Destroys what `now` finds expired: all that is sealed in pending authorizations (refused, `state-expired`) and in link
   * sessions, and proposals (unlinked, reason `proposal-expired`, with the event). The row of an authorization or a link
   * session stays a day longer, so that a patient who comes back late is told so, and answers that may be given again are
   * deleted after theirs. Returns how many authorizations and link
   * sessions were deleted, and how many proposals unlinked.
   */
  purgeExpired(now: Date): Promise<{
    readonly authorizations: number;
    readonly linkSessions: number;
    readonly proposals: number;
  }>;

  /**
   * The first that is done with PKB's answer to a refresh, in the turn in which it was read: keeps it past a crash of this
   * process, where there is a spool. `commitRefresh` follows. Never throws, and waits for nothing.
   */
  receiveRefresh(lease: RefreshLease, tokenSet: TokenSet): void;

  // keeping grants: only flow/keep.ts calls these

  /**
   * Links whose grant was not used since `before` (their access token had ended by then) and can be refreshed: active and
   * suspended ones, longest unused first.
   */
  unusedGrants(
    page: WalkPage & { readonly before: Date },
  ): Promise<{ readonly links: readonly Link[]; readonly next?: string }>;

  countUnusedGrants(before: Date): Promise<number>;

  /** How long the grants lasted, in milliseconds, that PKB ended last with `api-session-expired`: up to `limit` of them. */
  expiredSessionLengths(limit: number): Promise<readonly number[]>;

  /**
   * Says of links granted before `grantedBefore` that their API session will have lasted `lengthMs` and is about to end, each
   * once a grant: sets `sessionEndsAt` and writes the event `link.session_ending`, reason `session-length`.
   * @returns how many, up to `limit`
   */
  announceSessionEndings(ending: {
    readonly grantedBefore: Date;
    readonly lengthMs: number;
    readonly limit: number;
  }): Promise<number>;

  /**
   * True where it is `owner` who does the work called `name` for all processes, for `forMs` milliseconds from now by the
   * store's clock: nobody else had the turn, or it was their own already.
   */
  takeTurn(turn: { readonly name: string; readonly owner: string; readonly forMs: number }): Promise<boolean>;

  // keys

  /** By key id, in order; also of keys that are not in the ring. A key that seals nothing is not there. */
  sealedWith(): Promise<ReadonlyMap<string, SealedCount>>;

  /**
   * Seals with the ring's current key what another one sealed: rows of this scope, a page of them, each by a statement of
   * its own. May be interrupted anywhere and begun again, beside any reader or writer: what somebody writes while it looks
   * stays as they wrote it.
   * @returns how many rows it sealed; `unreadable`, those that no key of the ring opens, as `link:<id>`,
   * `link_session:<id>` or `pending_authorization:<id>`; `next`, absent after the last page
   */
  reseal(page: WalkPage): Promise<{
    readonly resealed: number;
    readonly unreadable: readonly string[];
    readonly next?: string;
  }>;

  /**
   * For a key that nobody has any more: what it sealed is given up. Its links wait for their patient to grant again (reason
   * `no-refresh-token`), its proposals are unlinked, its authorizations refused, its link sessions over, its answers in
   * the spool deleted; one transaction, with the events.
   * @returns how many links, proposals among them, and authorizations
   */
  giveUp(keyId: string, by: Actor): Promise<{ readonly links: number; readonly authorizations: number }>;

  // to watch over it

  counts(): Promise<StoreCounts>;

  /** Answers that wait in this machine's spool, or in this process's memory, for the database: known while it is away. */
  spooled(): Promise<number>;

  // after a restore

  /**
   * Makes each link `unsure` whose refresh token may have been spent since the database was backed up: those whose access
   * token is in the last share of its life or over it, by the store's clock. What is written meanwhile stays.
   * @param page.lastShare 0 to 1: the share in which links are refreshed
   * @returns how many refreshable links the page had, and how many of them are unsure now
   */
  markUnsure(page: WalkPage & { readonly lastShare: number }): Promise<{
    readonly links: number;
    readonly unsure: number;
    readonly next?: string;
  }>;

  close(): Promise<void>;
}
