/** Who may call the HTTP API, and for what. */

import type { MiddlewareHandler } from 'hono';
import type { App } from '../app.ts';
import type { ApiKeyAccess } from '../model.ts';
import { sameSecret, sha256 } from '../sha256.ts';
import { problem } from './problem-json.ts';

/**
 * Lets GET and HEAD pass with any key, everything else with a key of access `write` only. Keys are looked up for each request,
 * by an index: one that is revoked opens nothing from then on.
 *
 * @param ownKey the one key of the environment, which may write
 */
export function checkApiKey(app: App, ownKey: string | undefined): MiddlewareHandler {
  return async (c, next) => {
    const [, key] = /^Bearer ([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const access = key === undefined ? undefined : await accessOf(key);
    if (access === undefined) {
      return problem(401, 'the API key is missing or wrong', { 'WWW-Authenticate': 'Bearer' });
    }
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (reads || access === 'write') return next();
    return problem(403, 'this API key may read only: this request takes one made with --access write');
  };

  async function accessOf(key: string): Promise<ApiKeyAccess | undefined> {
    if (ownKey !== undefined && sameSecret(key, ownKey)) return 'write';
    return (await app.store.useApiKey(sha256(key)))?.access;
  }
}
