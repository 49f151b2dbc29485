/** A token set as one sealed value. */

import type { TokenSet } from '../model.ts';
import { type KeyRing, open, seal } from './seal.ts';

/** As JSON has it: dates are text. */
export type TokenSetJson = Omit<TokenSet, 'issuedAt' | 'expiresAt'> & {
  readonly issuedAt: string;
  readonly expiresAt: string;
};

/** What is sealed, once for each link: without names, and times as numbers, as there may be a million of it. */
type Sealed = readonly [
  accessToken: string,
  refreshToken: string | null,
  issuedAt: number,
  expiresAt: number,
  scope: string | null,
];

export function sealTokenSet(ring: KeyRing, identity: string, tokenSet: TokenSet): string {
  const { accessToken, refreshToken = null, issuedAt, expiresAt, scope = null } = tokenSet;
  const sealed: Sealed = [accessToken, refreshToken, issuedAt.getTime(), expiresAt.getTime(), scope];
  return seal(ring, identity, JSON.stringify(sealed));
}

/** @throws FaultError `seal-unreadable` */
export function openTokenSet(ring: KeyRing, identity: string, sealed: string): TokenSet {
  const [accessToken, refreshToken, issuedAt, expiresAt, scope] = JSON.parse(
    open(ring, identity, sealed),
  ) as Sealed;
  return {
    accessToken,
    ...(refreshToken !== null && { refreshToken }),
    issuedAt: new Date(issuedAt),
    expiresAt: new Date(expiresAt),
    ...(scope !== null && { scope }),
  };
}

export function tokenSetFrom(json: TokenSetJson): TokenSet {
  return { ...json, issuedAt: new Date(json.issuedAt), expiresAt: new Date(json.expiresAt) };
}
