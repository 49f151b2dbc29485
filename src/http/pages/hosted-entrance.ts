import type { Context, MiddlewareHandler } from 'hono';
import type { App } from '../../app.ts';
import { AuthorizationError, InvalidRequestError } from '../../errors.ts';
import { completionAddress, returnAddress } from '../../flow/return-address.ts';
import { vouch } from '../../hosted/vouch.ts';
import type { LinkSession } from '../../model.ts';
import { sha256 } from '../../sha256.ts';
import { seeOther } from '../see-other.ts';
import { type BrowserSessionCookie, browserSession } from './browser-session.ts';
import type { Entrance } from './entrance.ts';
import { dropVouched, vouchedOf } from './vouched-cookie.ts';

const VOUCHED = 'vouchedLinkSession';
const ARRIVED = 'arrivedLinkSession';

/** Looks up, once a request, the link session that this browser is vouched for, or else the one it arrived at last. */
export function knowLinkSession(app: App, cookie: BrowserSessionCookie): MiddlewareHandler {
  async function vouchedFor(c: Context, secret: string): Promise<LinkSession | undefined> {
    const brought = vouchedOf(c, cookie);
    if (!brought) return undefined;
    try {
      return await vouch(app, { ...brought, browserSession: secret });
    } catch (thrown) {
      if (thrown instanceof AuthorizationError || thrown instanceof InvalidRequestError) return undefined;
      throw thrown;
    }
  }

  return async (c, next) => {
    const secret = browserSession(c, cookie);
    if (secret !== undefined) {
      c.set(VOUCHED, await vouchedFor(c, secret));
      c.set(ARRIVED, await app.store.findLinkSession({ browserSessionHash: sha256(secret) }));
    }
    await next();
  };
}

/** Pages of the service: the partner's back end, which made the link session, says who is there by completing it. */
export function hostedEntrance(
  app: App,
  options: { readonly basePath: string; readonly homeUrl: string; readonly cookie: BrowserSessionCookie },
): Entrance {
  const vouchedFor = (c: Context): LinkSession | undefined => c.get(VOUCHED);
  const arrivedAt = (c: Context): LinkSession | undefined => c.get(ARRIVED);

  function open(c: Context): LinkSession | undefined {
    const session = arrivedAt(c);
    const over = session?.completedAt || session?.refusal !== undefined;
    return session && !over && session.expiresAt >= app.now() ? session : undefined;
  }

  return {
    account: async (c) => vouchedFor(c)?.appUserId,
    async asking(c) {
      const unvouched = open(c);
      const session = vouchedFor(c) ?? (unvouched?.page === 'link' ? unvouched : undefined);
      if (!session) return undefined;
      const secrets = await app.store.linkSessionSecrets(session.id);
      return {
        appUserId: session.appUserId,
        returnTo: session.returnUrl,
        ...(secrets?.expected && { expected: secrets.expected }),
        ...(session === unvouched && { linkSessionId: session.id }),
      };
    },
    async stranger(c, then) {
      const session = open(c);
      if (session?.page === 'connection') {
        return seeOther(c, await completionAddress(app, { linkSessionId: session.id }));
      }
      if (session && then !== '/start') return seeOther(c, `${options.basePath}/start`);
      throw new InvalidRequestError('unknown-link-session', 'no link session is open in this browser');
    },
    confirmed(c) {
      const session = vouchedFor(c);
      dropVouched(c, options.cookie);
      return session ? returnAddress(session) : options.basePath;
    },
    home(c) {
      const session = vouchedFor(c) ?? arrivedAt(c);
      return session ? returnAddress(session) : options.homeUrl;
    },
  };
}
