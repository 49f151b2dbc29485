/** A token set as one sealed value. */

import type { TokenSet } from '../model.ts';
import { type KeyRing, open, seal } from './seal.ts';

export function sealTokenSet(ring: KeyRing, identity: string, tokenSet: TokenSet): string {
  return seal(ring, identity, JSON.stringify(tokenSet));
}

/** @throws FaultError `seal-unreadable` */
export function openTokenSet(ring: KeyRing, identity: string, sealed: string): TokenSet {
  const read = JSON.parse(open(ring, identity, sealed)) as Omit<TokenSet, 'expiresAt'> & {
    expiresAt: string;
  };
  return { ...read, expiresAt: new Date(read.expiresAt) };
}
