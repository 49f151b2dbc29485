/**
 * API sessions, codes and tokens: functions over the state and the clock, no HTTP.
 *
 * A session begins at the patient's approval. Its tokens never outlive it. A refresh token works once; a second use is
 * taken for theft and ends the session with all its tokens, which is what PKB's `API_SESSION_INVALID` tells of.
 */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { ResponseCode } from '../fhir/response-code.ts';
import type { ApiSession, AuthorizationCode, State } from '../state.ts';
import type { Toggles } from '../toggles.ts';
import type { Client, Scope } from './clients.ts';

/** What these functions need of the world. */
export interface Grants {
  readonly state: State;
  readonly toggles: Toggles;
  now(): number;
}

/** What the token endpoint has to tell (RFC 6749 section 5.1). */
export interface Issued {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly refreshToken?: string;
  readonly scope: Scope;
}

/** A refusal by the token endpoint (RFC 6749 section 5.2), with PKB's response code where one fits. */
export interface Refusal {
  readonly error: string;
  readonly description: string;
  readonly code?: ResponseCode;
}

/** 32 URL-safe characters, as the access token in PKB's sample. */
function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Why no token of this session works, or undefined where they do. */
export function sessionRefusal(session: ApiSession, now: number): ResponseCode | undefined {
  if (session.ended === 'invalid') return 'API_SESSION_INVALID';
  if (session.ended === 'expired' || (session.endsAt !== null && now >= session.endsAt)) {
    return 'API_SESSION_EXPIRED';
  }
  return undefined;
}

/** The patient approved. */
export function beginSession(
  { state, toggles, now }: Grants,
  client: Client,
  userId: string,
  scope: Scope,
): ApiSession {
  if (toggles.concurrentSessions === 'newest-only') {
    for (const earlier of state.sessions.values()) {
      if (earlier.userId === userId && earlier.clientId === client.clientId) earlier.ended ??= 'invalid';
    }
  }
  const { sessionSeconds } = toggles;
  const seconds = sessionSeconds === 'as-registered' ? client.sessionSeconds : sessionSeconds;
  const session: ApiSession = {
    id: randomUUID(),
    clientId: client.clientId,
    userId,
    scope,
    startedAt: now(),
    endsAt: seconds === 'unlimited' ? null : now() + seconds * 1000,
  };
  state.sessions.set(session.id, session);
  return session;
}

export function issueCode(
  { state, toggles, now }: Grants,
  session: ApiSession,
  bound: Pick<AuthorizationCode, 'redirectUri' | 'redirectUriSent' | 'challenge'>,
): string {
  const code = newToken();
  state.codes.set(code, {
    code,
    redirectUri: bound.redirectUri,
    redirectUriSent: bound.redirectUriSent,
    ...(bound.challenge && { challenge: bound.challenge }),
    sessionId: session.id,
    clientId: session.clientId,
    expiresAt: now() + toggles.codeTtlSeconds * 1000,
    used: false,
  });
  return code;
}

/** Code for tokens (RFC 6749 section 4.1.3). A code is spent by its own client's first attempt, even a failed one. */
export function redeemCode(
  grants: Grants,
  client: Client,
  request: { readonly code: string; readonly redirectUri?: string; readonly verifier?: string },
): Issued | Refusal {
  const { state, toggles, now } = grants;
  const code = state.codes.get(request.code);
  const session = code && state.sessions.get(code.sessionId);
  if (!code || !session || code.clientId !== client.clientId) {
    return invalidGrant('the code is not one of this client');
  }
  if (code.used) {
    if (toggles.codeReuse === 'end-session') session.ended ??= 'invalid';
    return invalidGrant('the code was used before');
  }
  code.used = true;
  if (now() >= code.expiresAt) return invalidGrant('the code has expired');
  if (!redirectUriFits(code, request.redirectUri, toggles)) {
    return invalidGrant('redirect_uri is not the one of the authorization request');
  }
  if (!verifierFits(code.challenge, request.verifier, toggles)) {
    return invalidGrant('code_verifier does not fit the code_challenge');
  }
  const refusal = sessionRefusal(session, now());
  if (refusal) return invalidGrant('the API session is over', refusal);
  return grantedTokens(grants, client, session);
}

/** The first tokens of a grant. */
export function grantedTokens(grants: Grants, client: Client, session: ApiSession): Issued {
  const { toggles, state } = grants;
  const first = toggles.firstRefreshToken === 'issued' ? newRefreshToken(state, session) : undefined;
  return issueTokens(grants, client, session, first);
}

/** A refresh token for new tokens (RFC 6749 section 6). */
export function refreshTokens(grants: Grants, client: Client, presented: string): Issued | Refusal {
  const { state, toggles, now } = grants;
  const token = state.refreshTokens.get(presented);
  const session = token && state.sessions.get(token.sessionId);
  if (!token || !session || session.clientId !== client.clientId) {
    return invalidGrant('the refresh token is not one of this client');
  }
  const over = sessionRefusal(session, now());
  if (over) return invalidGrant('the API session is over', over);

  if (token.usedAt !== undefined) {
    if (toggles.refreshReuse === 'end-session') {
      session.ended = 'invalid';
      return invalidGrant('the refresh token was used before', 'API_SESSION_INVALID');
    }
    const inGrace = now() < token.usedAt + toggles.refreshGraceSeconds * 1000;
    if (toggles.refreshReuse === 'refuse-token' || !inGrace) {
      return invalidGrant('the refresh token was used before');
    }
  }
  if (toggles.oldAccessAfterRefresh === 'revoked') {
    for (const access of state.accessTokens.values()) {
      if (access.sessionId === session.id) access.revoked = true;
    }
  }
  switch (toggles.refreshRotation) {
    case 'rotate':
      token.usedAt ??= now();
      return issueTokens(grants, client, session, newRefreshToken(state, session));
    case 'same':
      return issueTokens(grants, client, session, presented);
    case 'omit':
      return issueTokens(grants, client, session, undefined);
  }
}

/** RFC 7009: whatever token is named, its whole session ends without a trace, as a grant does that nobody remembers. */
export function revokeToken({ state }: Grants, client: Client, presented: string): void {
  const token = state.refreshTokens.get(presented) ?? state.accessTokens.get(presented);
  const session = token && state.sessions.get(token.sessionId);
  if (session?.clientId === client.clientId) state.sessions.delete(session.id);
}

/** The session that an access token stands for, or why it does not work. */
export function sessionOf({ state, now }: Grants, accessToken: string): ApiSession | ResponseCode {
  const token = state.accessTokens.get(accessToken);
  const session = token && state.sessions.get(token.sessionId);
  if (!token || !session) return 'BAD_AUTHENTICATION';
  const over = sessionRefusal(session, now());
  if (over) return over;
  return token.revoked || now() >= token.expiresAt ? 'ACC_TOKEN_EXPIRED' : session;
}

function newRefreshToken(state: State, session: ApiSession): string {
  const token = newToken();
  state.refreshTokens.set(token, { token, sessionId: session.id });
  return token;
}

function issueTokens(
  { state, toggles, now }: Grants,
  client: Client,
  session: ApiSession,
  refreshToken: string | undefined,
): Issued {
  const at = now();
  const { accessTokenSeconds } = toggles;
  const seconds = accessTokenSeconds === 'as-registered' ? client.accessTokenSeconds : accessTokenSeconds;
  const wanted = at + seconds * 1000;
  const expiresAt = session.endsAt === null ? wanted : Math.min(wanted, session.endsAt);
  const accessToken = newToken();
  state.accessTokens.set(accessToken, { token: accessToken, sessionId: session.id, expiresAt });
  const issued = { accessToken, expiresIn: Math.floor((expiresAt - at) / 1000), scope: session.scope };

  const sessionEndsFirst = session.endsAt !== null && session.endsAt <= wanted;
  const omitted = refreshToken === undefined || (sessionEndsFirst && toggles.omitRefreshNearEnd);
  return omitted ? issued : { ...issued, refreshToken };
}

function redirectUriFits(code: AuthorizationCode, sent: string | undefined, toggles: Toggles): boolean {
  if (toggles.tokenRedirectUri === 'ignored') return true;
  if (sent === undefined) return toggles.tokenRedirectUri === 'if-sent' && !code.redirectUriSent;
  return sent === code.redirectUri;
}

function verifierFits(
  challenge: AuthorizationCode['challenge'],
  verifier: string | undefined,
  toggles: Toggles,
): boolean {
  if (toggles.pkce === 'ignored') return true;
  if (challenge === undefined || verifier === undefined) return challenge === verifier;
  const transformed =
    challenge.method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url');
  return transformed === challenge.value;
}

function invalidGrant(description: string, code?: ResponseCode): Refusal {
  return { error: 'invalid_grant', description, ...(code && { code }) };
}
