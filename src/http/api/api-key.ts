/** Who may call the HTTP API, and for what. */

import type { MiddlewareHandler } from 'hono';
import type { App } from '../../app.ts';
import type { Actor, ApiKeyAccess } from '../../model.ts';
import { sha256 } from '../../sha256.ts';
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
  const ownHash = ownKey === undefined ? undefined : sha256(ownKey);
  /** Hashes of keys that were good when they last came: whoever guesses at the same address does not shut them out. */
  const good = new Set<string>();

  return async (c, next) => {
    const [, key = ''] = /^Bearer ([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const hash = sha256(key);
    if (!good.has(hash)) limits?.wrongKeys(c);
    const caller = await callerWith(key, hash);
    if (caller === undefined) {
      good.delete(hash);
      limits?.wrongKey(c);
      return problem(401, 'the API key is missing or wrong', { 'WWW-Authenticate': 'Bearer' });
    }
    good.add(hash);
    limits?.key(`${environment}/${clientId}/${caller.actor}`);
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (reads || caller.access === 'write') {
      c.set('app', { ...app, actor: caller.actor });
      return next();
    }
    return problem(403, 'this API key may read only: this request takes one made with --access write');
  };

  async function callerWith(key: string, hash: string): Promise<Caller | undefined> {
    if (key === '') return undefined;
    // As an index compares it too: how long it takes tells of a hash, and of no key.
    if (hash === ownHash) return { actor: 'api-key:environment', access: 'write' };
    const stored = await app.store.useApiKey(hash);
    return stored && { actor: `api-key:${stored.id}`, access: stored.access };
  }
}

interface Caller {
  readonly actor: Actor;
  readonly access: ApiKeyAccess;
}
