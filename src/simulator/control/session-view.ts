/** An API session and its tokens as somebody at the control page sees them. */

import { sessionRefusal } from '../oauth/sessions.ts';
import type { ApiSession } from '../state.ts';
import type { World } from '../world.ts';

export interface SessionView {
  readonly id: string;
  readonly clientId: string;
  readonly publicId: string;
  readonly scope: string;
  readonly startedAt: string;
  readonly endsAt: string | null;
  /** `live`, or the response code that its tokens are answered with. */
  readonly state: string;
}

export function sessionView({ directory, now }: World, session: ApiSession): SessionView {
  return {
    id: session.id,
    clientId: session.clientId,
    publicId: directory.byUserId(session.userId)?.publicId ?? '',
    scope: session.scope,
    startedAt: iso(session.startedAt),
    endsAt: session.endsAt === null ? null : iso(session.endsAt),
    state: sessionRefusal(session, now()) ?? 'live',
  };
}

export function tokensOf({ state, now }: World, session: ApiSession) {
  const live = sessionRefusal(session, now()) === undefined;
  const own = <Token extends { sessionId: string }>(tokens: ReadonlyMap<string, Token>) =>
    tokens.values().filter(({ sessionId }) => sessionId === session.id);
  return {
    access: own(state.accessTokens)
      .map(({ token, expiresAt, revoked }) => ({
        token,
        expiresAt: iso(expiresAt),
        works: live && !revoked && now() < expiresAt,
      }))
      .toArray(),
    refresh: own(state.refreshTokens)
      .map(({ token, usedAt }) => ({
        token,
        usedAt: usedAt === undefined ? null : iso(usedAt),
        works: live && usedAt === undefined,
      }))
      .toArray(),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
