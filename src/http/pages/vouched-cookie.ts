import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { BrowserSessionCookie } from './browser-session.ts';

/** What a browser brings that the partner's back end has vouched for, beside its browser session. */
export interface Vouched {
  readonly linkSessionId: string;
  readonly vouching: string;
}

const nameOf = ({ name }: BrowserSessionCookie) => `${name}-vouched`;
const attributesOf = ({ secure }: BrowserSessionCookie) =>
  ({ path: '/', httpOnly: true, secure, sameSite: 'Lax' }) as const;

/**
 * A cookie of its own: the browser session is older than the word of the back end, and on a shared device somebody may have
 * kept a copy of it.
 */
export function setVouched(
  c: Context,
  cookie: BrowserSessionCookie,
  { linkSessionId, vouching }: Vouched,
  maxAgeSeconds: number,
): void {
  const value = `${linkSessionId}.${vouching}`;
  setCookie(c, nameOf(cookie), value, { ...attributesOf(cookie), maxAge: maxAgeSeconds });
}

export function vouchedOf(c: Context, cookie: BrowserSessionCookie): Vouched | undefined {
  const [linkSessionId, vouching, ...more] = getCookie(c, nameOf(cookie))?.split('.') ?? [];
  return linkSessionId && vouching && more.length === 0 ? { linkSessionId, vouching } : undefined;
}

/** Whoever uses this browser next is not vouched for. */
export function dropVouched(c: Context, cookie: BrowserSessionCookie): void {
  deleteCookie(c, nameOf(cookie), attributesOf(cookie));
}
