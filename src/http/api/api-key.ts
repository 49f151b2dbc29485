/** Who may call the HTTP API, and for what. */

import type { MiddlewareHandler } from 'hono';
import type { App } from '../../app.ts';
import type { Actor, ApiKeyAccess } from '../../model.ts';
import { sha256 } from '../../sha256.ts';
import { authorizationOf } from '../connection.ts';
import type { Limits } from '../limits.ts';
import { problem } from '../problem-json.ts';

/** What routes behind `checkApiKey` know of a request. */
export interface OfCaller {
  /** The app, with the caller as its actor. */
  Variables: { app: App };
}

/**
 * Lets GET and HEAD pass with any key, everything else with a key of access `write` only. Keys are looked up for each request,
 * by an index: one that is revoked opens nothing from then on.
 *
 * @param ownKey the one key of the environment, which may write
 */
export function checkApiKey(
  app: App,
  ownKey: string | undefined,
  limits: Limits | undefined,
): MiddlewareHandler<OfCaller> {
  const { environment, clientId } = app.store.scope;
  const own = ownKey !== undefined && {
    hash: sha256(ownKey),
    caller: caller('api-key:environment', 'write'),
  };
  /** Hashes of keys that were good when they last came: whoever guesses at the same address does not shut them out. */
  const good = new Set<string>();

  return async (c, next) => {
    const [, key = ''] = /^Bearer ([^ ]+)$/i.exec(authorizationOf(c) ?? '') ?? [];
    const hash = sha256(key);
    if (!good.has(hash)) limits?.wrongKeys(c);
    // As an index compares it too: how long it takes tells of a hash, and of no key.
    const found = own && hash === own.hash ? own.caller : await stored(key, hash);
    if (found === undefined) {
      good.delete(hash);
      limits?.wrongKey(c);
      return problem(401, 'the API key is missing or wrong', { 'WWW-Authenticate': 'Bearer' });
    }
    good.add(hash);
    limits?.key(found.id);
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (reads || found.access === 'write') {
      c.set('app', found.app);
      await next();
      return undefined;
    }
    return problem(403, 'this API key may read only: this request takes one made with --access write');
  };

  async function stored(key: string, hash: string): Promise<Caller | undefined> {
    const found = key === '' ? undefined : await app.store.useApiKey(hash);
    return found && caller(`api-key:${found.id}`, found.access);
  }

  function caller(actor: Actor, access: ApiKeyAccess): Caller {
    return { id: `${environment}/${clientId}/${actor}`, app: { ...app, actor }, access };
  }
}

interface Caller {
  /** Among all callers of the process. */
  readonly id: string;
  readonly app: App;
  readonly access: ApiKeyAccess;
}
