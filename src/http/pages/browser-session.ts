import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

/**
 * The browser session: a secret in a cookie that ties a pending authorization to the browser that asked for it.
 * It says nothing about who is signed in.
 */
export interface BrowserSessionCookie {
  readonly name: string;
  readonly secure: boolean;
}

/**
 * `__Host-` keeps other hosts of the domain from setting it (RFC 6265bis). It needs `Secure`, so not on plain http; and the
 * path `/`, so that tenants of one origin need names of their own. The dot is in no tenant's name.
 */
export function browserSessionCookie(secure: boolean, tenant?: string): BrowserSessionCookie {
  return { name: `${secure ? '__Host-' : ''}${tenant === undefined ? '' : `${tenant}.`}pkb-link`, secure };
}

/** The secret that the browser sent, or undefined where it sent none that could be ours. */
export function browserSession(c: Context, cookie: BrowserSessionCookie): string | undefined {
  const value = getCookie(c, cookie.name);
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}

/** 256 random bits. */
export function newBrowserSession(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Sets the cookie, to end with the pending authorization. `Lax`, because the way back from PKB is a navigation that begins
 * on another site: `Strict` would hold the cookie back.
 */
export function setBrowserSession(
  c: Context,
  cookie: BrowserSessionCookie,
  secret: string,
  maxAgeSeconds: number,
): void {
  setCookie(c, cookie.name, secret, {
    path: '/',
    httpOnly: true,
    secure: cookie.secure,
    sameSite: 'Lax',
    maxAge: maxAgeSeconds,
  });
}
