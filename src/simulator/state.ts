/** What the simulator remembers: grants, codes, tokens and what an administrator changed about people. Plain rows. */

import type { Scope } from './oauth/clients.ts';
import type { Person } from './people/person.ts';

/** PKB's API session: made when the patient approves; when it ends, no token of it works. */
export interface ApiSession {
  readonly id: string;
  readonly clientId: string;
  /** Another one after a merge of records. */
  userId: string;
  readonly scope: Scope;
  readonly startedAt: number;
  /** Epoch milliseconds; null where the client's sessions never end. */
  readonly endsAt: number | null;
  /** Set where somebody ended it, whatever the time. */
  ended?: 'expired' | 'invalid';
}

export interface AuthorizationCode {
  readonly code: string;
  readonly sessionId: string;
  readonly clientId: string;
  /** The address the browser was sent to, and whether the authorization request named it. */
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
  readonly challenge?: { readonly value: string; readonly method: 'plain' | 'S256' };
  readonly expiresAt: number;
  used: boolean;
}

export interface AccessToken {
  readonly token: string;
  readonly sessionId: string;
  readonly expiresAt: number;
  revoked?: true;
}

export interface RefreshToken {
  readonly token: string;
  readonly sessionId: string;
  /** Epoch milliseconds of the first use. */
  usedAt?: number;
}

/** What is other than at first: never the `userId`. */
export type PersonChange = Partial<Omit<Person, 'userId'>>;

/** An e-mail that was sent. Nothing leaves the simulator: its own inbox shows them. */
export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  /** Path at the simulator. */
  readonly link: string;
  readonly at: number;
}

/** Written by a client under `/json/v1/measurements`. */
export interface Measurement {
  readonly id: string;
  readonly type: string;
  readonly value: string;
  readonly unit: string;
  /** ISO 8601. */
  readonly measuredAt: string;
}

export interface State {
  /** How far `clock.advance` is ahead of the real clock, in milliseconds. */
  clockOffset: number;
  readonly sessions: Map<string, ApiSession>;
  readonly codes: Map<string, AuthorizationCode>;
  readonly accessTokens: Map<string, AccessToken>;
  readonly refreshTokens: Map<string, RefreshToken>;
  /** By `userId`, which no change touches. */
  readonly people: Map<string, PersonChange>;
  /** People who had no record before they registered, by `userId`. */
  readonly registered: Map<string, Person>;
  readonly mail: Mail[];
  /** By `userId`, oldest first. */
  readonly measurements: Map<string, readonly Measurement[]>;
}

export function emptyState(): State {
  return {
    clockOffset: 0,
    sessions: new Map(),
    codes: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    people: new Map(),
    registered: new Map(),
    mail: [],
    measurements: new Map(),
  };
}
