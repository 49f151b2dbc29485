/** Who may call the HTTP API, and for what. */

import type { MiddlewareHandler } from 'hono';
import type { App } from '../app.ts';
import type { ApiKey } from '../model.ts';
import { sameSecret, sha256 } from '../sha256.ts';
import type { Limits } from './limits.ts';
import { problem } from './problem-json.ts';

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
): MiddlewareHandler {
  return async (c, next) => {
    limits?.wrongKeys(c);
    const [, key] = /^Bearer ([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const known = key === undefined ? undefined : await find(key);
    if (!known) {
      limits?.wrongKey(c);
      return problem(401, 'the API key is missing or wrong', { 'WWW-Authenticate': 'Bearer' });
    }
    limits?.key(known.id);
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (reads || known.access === 'write') return next();
    return problem(403, 'this API key may read only: this request takes one made with --access write');
  };

  async function find(key: string): Promise<Pick<ApiKey, 'id' | 'access'> | undefined> {
    if (ownKey !== undefined && sameSecret(key, ownKey)) return { id: 'PKB_LINK_API_KEY', access: 'write' };
    return app.store.useApiKey(sha256(key));
  }
}
