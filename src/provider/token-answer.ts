/**
 * Reads tokens out of a token endpoint's answer (RFC 6749 section 5.1), leniently: whatever else is odd about an answer,
 * tokens that were issued are not thrown away. A library's strict reading would lose a link over a missing `token_type`.
 */

import type { TokenSet } from '../model.ts';
import { type Answer, fields } from './upstream.ts';

/**
 * @param requestedAt the instant before the request was sent: expiry counts from it.
 * @param defaultExpiresIn seconds, where the answer has no usable `expires_in`.
 * @returns undefined where the answer issues no token.
 */
export function readTokenSet(
  answer: Answer,
  requestedAt: Date,
  defaultExpiresIn: number,
): TokenSet | undefined {
  if (answer.status < 200 || answer.status > 299) return undefined;
  const body = fields(answer.json);
  const accessToken = nonEmpty(body.access_token);
  if (accessToken === undefined) return undefined;
  const refreshToken = nonEmpty(body.refresh_token);
  const scope = Array.isArray(body.scope) ? words(body.scope) : nonEmpty(body.scope);
  const expiresIn = seconds(body.expires_in) ?? defaultExpiresIn;
  return {
    accessToken,
    issuedAt: requestedAt,
    expiresAt: new Date(requestedAt.getTime() + expiresIn * 1000),
    ...(refreshToken !== undefined && { refreshToken }),
    ...(scope !== undefined && { scope }),
  };
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Strings alone: to join anything else may throw, and with it the tokens would be lost. */
function words(list: readonly unknown[]): string {
  return list.filter((word) => typeof word === 'string').join(' ');
}

/** A number or a numeric string of seconds. UPSTREAM: not documented beyond the example `600`. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value.trim() || Number.NaN) : value;
  return typeof number === 'number' && Number.isFinite(number) && number > 0
    ? Math.min(number, 10 * 365 * 24 * 3600)
    : undefined;
}
