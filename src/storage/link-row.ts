/** A row of `link`, and what of it the outside may see. */

import type { GrantHealth, IdentityComparison, Link, LinkState, PublicId, TokenSet } from '../model.ts';
import { sha256 } from '../sha256.ts';
import type { KeyRing } from './seal.ts';
import { sealTokenSet } from './token-set.ts';

export interface LinkRow {
  readonly id: string;
  readonly environment: string;
  readonly client_id: string;
  readonly app_user_id: string;
  readonly public_id: PublicId;
  readonly state: LinkState;
  readonly reason: string | null;
  readonly granted_at: number;
  readonly confirmed_at: number | null;
  readonly unlinked_at: number | null;
  readonly proposal_expires_at: number | null;
  readonly comparison: string | null;
  readonly token_set: string | null;
  readonly refresh_token_hash: string | null;
  readonly access_token_expires_at: number | null;
  readonly refreshable: number;
  readonly last_used_at: number | null;
  readonly session_ends_at: number | null;
  readonly version: number;
  readonly fence: number;
  readonly lease_owner: string | null;
  readonly lease_until: number | null;
  readonly refresh_sent_at: number | null;
  readonly unanswered_refresh_sent_at: number | null;
}

/** What of it a Link and its grant are made of. */
export type SeenLinkRow = Omit<
  LinkRow,
  'refresh_token_hash' | 'fence' | 'lease_owner' | 'unanswered_refresh_sent_at'
>;

export function toLink(row: SeenLinkRow, now: Date): Link {
  const link: { -readonly [Field in keyof Link]: Link[Field] } = {
    id: row.id,
    appUserId: row.app_user_id,
    publicId: row.public_id,
    environment: row.environment,
    clientId: row.client_id,
    state: row.state,
    grantedAt: new Date(row.granted_at),
    refreshable: row.refreshable === 1,
    health: health(row, now),
    version: row.version,
  };
  // Not an object spread for each that may be missing: those are a good part of what a fresh token costs beside its row.
  if (row.reason !== null) link.reason = row.reason;
  if (row.confirmed_at !== null) link.confirmedAt = new Date(row.confirmed_at);
  if (row.unlinked_at !== null) link.unlinkedAt = new Date(row.unlinked_at);
  if (row.proposal_expires_at !== null) link.proposalExpiresAt = new Date(row.proposal_expires_at);
  if (row.access_token_expires_at !== null) link.accessTokenExpiresAt = new Date(row.access_token_expires_at);
  if (row.comparison !== null) link.comparison = JSON.parse(row.comparison) as IdentityComparison;
  if (row.last_used_at !== null) link.lastUsedAt = new Date(row.last_used_at);
  if (row.session_ends_at !== null) link.sessionEndsAt = new Date(row.session_ends_at);
  return link;
}

/** Never stored: a lease ends by the clock, with nobody there to write it down. */
function health(row: SeenLinkRow, now: Date): GrantHealth {
  if (row.token_set === null || row.state === 'reauthorization_required') return 'ended';
  if (row.lease_until !== null && row.lease_until > now.getTime()) return 'refreshing';
  return row.refresh_sent_at === null ? 'fresh' : 'unsure';
}

export function comparisonColumn(comparison: IdentityComparison | null | undefined): string | null {
  return comparison ? JSON.stringify(comparison) : null;
}

export function tokenSetIdentity(linkId: string): string {
  return `link:${linkId}:token_set`;
}

/** Half of a SHA-256 is enough to know a random token again, and there is one for each link. */
export function refreshTokenHash(refreshToken: string): string {
  return sha256(refreshToken).slice(0, 32);
}

/** The columns that a token set fills: those beside the sealed one can be read without a key. */
export function tokenColumns(
  ring: KeyRing,
  linkId: string,
  tokenSet: TokenSet | null,
): Pick<
  LinkRow,
  'token_set' | 'refresh_token_hash' | 'access_token_expires_at' | 'refreshable' | 'session_ends_at'
> {
  if (tokenSet === null) {
    return {
      token_set: null,
      refresh_token_hash: null,
      access_token_expires_at: null,
      refreshable: 0,
      session_ends_at: null,
    };
  }
  const { refreshToken } = tokenSet;
  return {
    token_set: sealTokenSet(ring, tokenSetIdentity(linkId), tokenSet),
    refresh_token_hash: refreshToken === undefined ? null : refreshTokenHash(refreshToken),
    access_token_expires_at: tokenSet.expiresAt.getTime(),
    refreshable: refreshToken === undefined ? 0 : 1,
    // Without a refresh token the API session ends no later than the access token (PKB, "Code grant").
    session_ends_at: refreshToken === undefined ? tokenSet.expiresAt.getTime() : null,
  };
}
