/** A token set as one sealed value. */

import type { TokenSet } from '../model.ts';
import { type KeyRing, open, seal } from './seal.ts';

/** As JSON has it: dates are text. */
export type TokenSetJson = Omit<TokenSet, 'issuedAt' | 'expiresAt'> & {
  readonly issuedAt: string;
  readonly expiresAt: string;
};

export function sealTokenSet(ring: KeyRing, identity: string, tokenSet: TokenSet): string {
  return seal(ring, identity, JSON.stringify(tokenSet));
}

/** @throws FaultError `seal-unreadable` */
export function openTokenSet(ring: KeyRing, identity: string, sealed: string): TokenSet {
  return tokenSetFrom(JSON.parse(open(ring, identity, sealed)));
}

export function tokenSetFrom(json: TokenSetJson): TokenSet {
  return { ...json, issuedAt: new Date(json.issuedAt), expiresAt: new Date(json.expiresAt) };
}
