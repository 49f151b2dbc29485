/**
 * The nouns. Plain data, no behaviour beyond what a noun knows about itself; imports nothing.
 *
 * Times are `Date`s. Nothing here is a wire shape: snake_case stops at the file that speaks the wire.
 */

/** PKB's UUID of a patient, lower case, from `$purview`. Not the Aggregated API's `Patient.id`, which is another id. */
export type PublicId = string & { readonly __publicId: true };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The public id in `text`, or undefined where `text` is not a UUID. */
export function asPublicId(text: string): PublicId | undefined {
  return UUID.test(text) ? (text.toLowerCase() as PublicId) : undefined;
}

/** What the token endpoint issued (RFC 6749 section 5.1), read once, with the lifetime turned into an instant. */
export interface TokenSet {
  /** Empty in a grant that was imported, until it is first refreshed. */
  readonly accessToken: string;
  /** Absent when PKB's API session is about to end: an access token outlives the session (PKB, "Code grant"). */
  readonly refreshToken?: string;
  /** Before the request was sent, so that a slow answer never makes a token look younger than it is. */
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly scope?: string;
}

/** How far a pending authorization has come. Each step is one row update, so a crash leaves it at one of these. */
export type AuthorizationStep = 'asked' | 'answered' | 'exchanging' | 'exchanged' | 'finished' | 'refused';

/** A grant asked for at PKB by one browser for one account. */
export interface PendingAuthorization {
  /** Random, not secret: names this row in our own URLs and logs. */
  readonly id: string;
  readonly appUserId: string;
  /** SHA-256 of the browser session's secret: the browser that started is the one that may finish. */
  readonly browserSessionHash: string;
  /** Where the patient goes when all is done. From the registered list, never from a query. */
  readonly returnTo: string;
  /** The value sent at the authorization endpoint. PKB binds the code to it (RFC 6749 section 4.1.3). */
  readonly redirectUri: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly step: AuthorizationStep;
  /** When the code was sent to PKB, once it was: an exchange that is far older was interrupted. */
  readonly exchangeStartedAt?: Date;
  /** Why it was refused (a failure's code), when `step` is `refused`. */
  readonly refusal?: string;
  /** The link it ended in, when `step` is `finished`. */
  readonly linkId?: string;
  /** The link session in which it was asked for; absent where the account was known from the start. */
  readonly linkSessionId?: string;
}

export const LINK_SESSION_PAGES = ['link', 'connection'] as const;
/** What a link session is for: to link a record, or to look after the link there is. */
export type LinkSessionPage = (typeof LINK_SESSION_PAGES)[number];

export const LANGUAGES = ['en', 'cy'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One visit of one account's patient to our hosted pages, asked for by the partner's own back end. */
export interface LinkSession {
  /** Random, not secret: the partner's back end and the return address name it. */
  readonly id: string;
  readonly appUserId: string;
  /** Where the browser goes back to. From the registered list. */
  readonly returnUrl: string;
  readonly page: LinkSessionPage;
  readonly language?: Language;
  readonly createdAt: Date;
  /** Until when its address opens or its completion is taken; once completed, until when its browser is vouched for. */
  readonly expiresAt: Date;
  /** SHA-256 of the browser session of whoever arrived last. */
  readonly browserSessionHash?: string;
  /** When the browser asked PKB for a grant: from then on no other browser may take the session over. */
  readonly askedAt?: Date;
  /** When the partner's back end said that the account which began is the one signed in. */
  readonly completedAt?: Date;
  /** Why it was dropped (a failure's code). */
  readonly refusal?: string;
}

/** What the partner holds about the person, to compare with what PKB says. Stored sealed, and only until it was compared. */
export interface ExpectedIdentity {
  /** `YYYY-MM-DD`. */
  readonly birthDate?: string;
  readonly familyName?: string;
  /** Ten digits. */
  readonly nhsNumber?: string;
}

/** `unknown`: one side does not say, or what differs may differ for good reasons. */
export type Compared = 'match' | 'unknown';

export type IdentityComparison = { readonly [Field in keyof Required<ExpectedIdentity>]: Compared };

export const LINK_STATES = [
  'proposed',
  'active',
  'suspended',
  'reauthorization_required',
  'unlinked',
] as const;
export type LinkState = (typeof LINK_STATES)[number];

/** `fresh`: nothing is in doubt. `unsure`: a refresh was sent and its answer is unknown. `ended`: no token is left. */
export const GRANT_HEALTHS = ['fresh', 'refreshing', 'unsure', 'ended'] as const;
export type GrantHealth = (typeof GRANT_HEALTHS)[number];

/** `fix_configuration` is the operator's: PKB refuses this client, or its token endpoint is not there. */
export type NextAction = 'none' | 'confirm' | 'reauthorize' | 'wait' | 'fix_configuration';

/** The stored pair (account, public id) in one environment for one client, with the grant behind it. Never a token. */
export interface Link {
  /** Random; the reference that pages and logs show. */
  readonly id: string;
  readonly appUserId: string;
  readonly publicId: PublicId;
  readonly environment: string;
  readonly clientId: string;
  readonly state: LinkState;
  /** Why the state is what it is: a failure's code, or what the patient said. */
  readonly reason?: string;
  readonly grantedAt: Date;
  readonly confirmedAt?: Date;
  readonly unlinkedAt?: Date;
  /** A proposal that nobody confirms by then may no longer be confirmed. */
  readonly proposalExpiresAt?: Date;
  readonly accessTokenExpiresAt?: Date;
  /** How PKB's record compares with what the partner expected, where it expected anything. */
  readonly comparison?: IdentityComparison;
  /** False when PKB sent no refresh token: the API session is about to end. */
  readonly refreshable: boolean;
  /** When the app last needed a fresh access token for it: within a token's life of its last call. */
  readonly lastUsedAt?: Date;
  /** When the API session ends, once that is near and known (event `link.session_ending`). The patient must then grant again. */
  readonly sessionEndsAt?: Date;
  readonly health: GrantHealth;
  /** Counts every change of the row; a change names the version it read. */
  readonly version: number;
}

/** What the caller should do about a link: one answer per state, so that nobody has to guess. */
export function nextAction(link: Pick<Link, 'state'> | undefined): NextAction {
  switch (link?.state) {
    case 'proposed':
      return 'confirm';
    case 'suspended':
      return 'wait';
    case 'reauthorization_required':
      return 'reauthorize';
    default:
      return 'none';
  }
}

export type LinkEventType =
  | 'link.proposed'
  | 'link.active'
  | 'link.recovered'
  | 'link.session_ending'
  | 'link.suspended'
  | 'link.reauthorization_required'
  | 'link.unlinked'
  | 'link.completion_refused'
  | 'link.identity_conflict';

/** One line of a history, written in the transaction of the change it tells of. */
export interface LinkEvent {
  readonly appUserId: string;
  /** Absent where the account had no link that it could be about. */
  readonly linkId?: string;
  readonly type: LinkEventType;
  readonly at: Date;
  readonly reason?: string;
}

/** An event as the partner's other processes see it, in the feed or by webhook. */
export interface FeedEvent extends LinkEvent {
  /** Random: the same event has the same id wherever and however often it is seen. */
  readonly id: string;
  readonly publicId?: PublicId;
  /** The link's state when the event happened. */
  readonly state?: LinkState;
}

/**
 * Who did something. `patient`: a browser at the patient's pages. `app`: the partner's own code, which calls the library.
 * `api-key`: a caller of the HTTP API, by the key's id, or `environment` for the key of the settings. `command-line`: the
 * account of the machine. `console`: a login. `service`: pkb-link by itself, because time passed or PKB said so.
 */
export type Actor =
  | 'patient'
  | 'app'
  | 'service'
  | `api-key:${string}`
  | `command-line:${string}`
  | `console:${string}`;

/** What the audit trail tells of: every event of a link, and what an operator did. */
export type Act =
  | LinkEventType
  | 'api_key.created'
  | 'api_key.revoked'
  | 'audit.purged'
  | 'console.code_made'
  | 'console.searched'
  | 'console.signed_in'
  | 'console.signed_out'
  | 'dead_letter.resent'
  | 'key.given_up'
  | 'keys.rotated'
  | 'link.erased'
  | 'link.viewed'
  | 'links.exported'
  | 'person.erased'
  | 'person.exported'
  | 'restore.checked';

/**
 * One line of the audit trail. Names a person by nothing but the references of their links and events, which mean nothing once
 * those are erased.
 */
export interface AuditEntry {
  /** 1, 2, 3 …: without a gap. */
  readonly position: number;
  readonly at: Date;
  readonly actor: Actor;
  readonly act: Act;
  readonly linkId?: string;
  /** What else it is about: the id of an event that has no link, of an API key, of an encryption key. */
  readonly reference?: string;
  readonly reason?: string;
  /** Of how many it tells. */
  readonly count?: number;
  /** SHA-256, as hex, of this entry and the hash of the one before it. */
  readonly hash: string;
}

export const API_KEY_ACCESS = ['read', 'write'] as const;
/** `write` may read too. An access token is not read: whoever has one can write at PKB. */
export type ApiKeyAccess = (typeof API_KEY_ACCESS)[number];

export const CONSOLE_ROLES = ['support', 'operator'] as const;
/** `support` may look, and unlink; `operator` may do all that the console does. */
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

/** What a caller of the HTTP API shows, without the key itself. */
export interface ApiKey {
  /** Random, not secret. */
  readonly id: string;
  /** Whose it is, in the operator's words. */
  readonly name: string;
  readonly access: ApiKeyAccess;
  readonly createdAt: Date;
  /** The day, at 00:00 UTC. */
  readonly lastUsedAt?: Date;
  readonly revokedAt?: Date;
}

/** An account of the partner's app as pkb-link sees it. */
export interface Account {
  readonly appUserId: string;
  /** The link that is not unlinked, if there is one. */
  readonly link?: Link;
  readonly nextAction: NextAction;
}

export type SexAtBirth = 'female' | 'male' | 'indeterminate' | 'unknown';

export interface NationalIdentifier {
  /** FHIR identifier system, where PKB documents one for this kind of number. */
  readonly system?: string;
  readonly name: string;
  readonly value: string;
  /** As people read it: an NHS number as `999 123 4567`. */
  readonly display: string;
  /** False where the number fails its own check digit; undefined where we know no check for it. */
  readonly valid?: boolean;
}

export interface Contact {
  readonly kind: 'email' | 'phone' | 'other';
  readonly value: string;
  readonly primary: boolean;
  readonly confirmed: boolean;
}

/** Who the patient is, as PKB tells it. Read when needed, never stored. */
export interface Demographics {
  readonly publicId: PublicId;
  readonly title?: string;
  readonly givenNames: readonly string[];
  readonly familyName?: string;
  /** `YYYY-MM-DD`. */
  readonly birthDate?: string;
  readonly deceased: boolean;
  readonly sexAtBirth: SexAtBirth;
  readonly address: readonly string[];
  readonly contacts: readonly Contact[];
  readonly identifiers: readonly NationalIdentifier[];
}
