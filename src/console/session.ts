/** Who has signed in to the console, by a cookie whose hash is in the database: any process on it knows it. */

import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { App } from '../app.ts';
import { sameSecret, sha256 } from '../sha256.ts';
import type { ConsoleLogin } from '../storage/console.ts';

const IDLE_MS = 30 * 60 * 1000;
const LASTS_MS = 8 * 60 * 60 * 1000;

export interface ConsoleCookie {
  readonly name: string;
  readonly secure: boolean;
}

/** A name of its own: cookies do not know ports. `__Host-` needs https; the dot is in no tenant's name. */
export function consoleCookie(secure: boolean, tenant?: string): ConsoleCookie {
  return {
    name: `${secure ? '__Host-' : ''}${tenant === undefined ? '' : `${tenant}.`}pkb-link-console`,
    secure,
  };
}

const attributes = ({ secure }: ConsoleCookie) =>
  // Not `Strict`: whoever comes from a message or from their organisation's sign-in would be a stranger at first.
  ({ path: '/', httpOnly: true, secure, sameSite: 'Lax' }) as const;

/** 256 random bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The secret that the browser sent under this cookie's name, or undefined where it is none of ours. */
export function secretOf(c: Context, { name }: ConsoleCookie): string | undefined {
  const value = getCookie(c, name);
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

export function setSecret(c: Context, cookie: ConsoleCookie, secret: string, maxAgeSeconds: number): void {
  setCookie(c, cookie.name, secret, { ...attributes(cookie), maxAge: maxAgeSeconds });
}

export function dropSecret(c: Context, cookie: ConsoleCookie): void {
  deleteCookie(c, cookie.name, attributes(cookie));
}

/** Begins a session, always with a new secret: what the browser had before is worth nothing. */
export async function startSession(
  c: Context,
  app: App,
  cookie: ConsoleCookie,
  login: ConsoleLogin,
): Promise<void> {
  const before = secretOf(c, cookie);
  if (before !== undefined) await app.store.endConsoleSession(sha256(before));
  const secret = newSecret();
  await app.store.addConsoleSession({ ...login, secretHash: sha256(secret) });
  setSecret(c, cookie, secret, LASTS_MS / 1000);
}

export async function currentLogin(
  c: Context,
  app: App,
  cookie: ConsoleCookie,
): Promise<ConsoleLogin | undefined> {
  const secret = secretOf(c, cookie);
  if (secret === undefined) return undefined;
  return app.store.useConsoleSession({ secretHash: sha256(secret), idleMs: IDLE_MS, lastsMs: LASTS_MS });
}

export async function endSession(c: Context, app: App, cookie: ConsoleCookie): Promise<void> {
  const secret = secretOf(c, cookie);
  if (secret !== undefined) await app.store.endConsoleSession(sha256(secret));
  dropSecret(c, cookie);
}

/** What a form of ours carries: only a page that was made for this session knows it. Empty where there is no session. */
export function formTokenOf(c: Context, cookie: ConsoleCookie): string {
  const secret = secretOf(c, cookie);
  return secret === undefined ? '' : sha256(`form of ${secret}`);
}

export function isFormToken(c: Context, cookie: ConsoleCookie, given: string | undefined): boolean {
  const own = formTokenOf(c, cookie);
  return own !== '' && given !== undefined && sameSecret(own, given);
}
