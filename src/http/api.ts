/**
 * The HTTP API of `pkb-link serve`, for the partner's own processes: each route is one verb. Patients never come here;
 * they link on the pages of `patient-pages.ts`, which the partner's app embeds.
 */

import { timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { account } from '../flow/account.ts';
import { patient } from '../flow/patient.ts';
import { refresh } from '../flow/refresh.ts';
import { unlink } from '../flow/unlink.ts';
import { LINK_STATES, type LinkState } from '../model.ts';
import { sha256 } from '../sha256.ts';
import { demographicsJson, linkJson } from './link-json.ts';
import { parameter, queryOf } from './parameters.ts';
import { problemResponse } from './problem-json.ts';
import { reportFailure } from './report-failure.ts';

const MAX_PAGE = 500;

/** @param options.apiKey what callers send as `Authorization: Bearer <key>`. */
export function api(app: App, options: { readonly apiKey: string }): Hono {
  const routes = new Hono();
  routes.onError((thrown) => problemResponse(reportFailure(app, thrown)));
  routes.notFound((c) => c.json({ title: 'There is no such resource', status: 404 }, 404));

  routes.get('/healthz', (c) => c.json({ status: 'ok' }));
  routes.get('/readyz', async (c) => {
    await app.store.listLinks({ limit: 1 });
    return c.json({ status: 'ok' });
  });

  routes.use('/v1/*', async (c, next) => {
    const [, key] = /^Bearer ([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    if (key !== undefined && sameSecret(key, options.apiKey)) {
      await next();
      c.header('Cache-Control', 'no-store');
      return;
    }
    return c.json({ title: 'The API key is missing or wrong', status: 401 }, 401, {
      'Content-Type': 'application/problem+json',
      'WWW-Authenticate': 'Bearer',
    });
  });
  routes.use('/v1/*', bodyLimit({ maxSize: 16 * 1024 }));

  routes.get('/v1/links', async (c) => {
    const query = queryOf(c.req.raw);
    const state = linkState(parameter(query, 'state', 32));
    const after = parameter(query, 'after', 64);
    const links = await app.store.listLinks({
      limit: pageSize(parameter(query, 'limit', 4)),
      ...(state !== undefined && { state }),
      ...(after !== undefined && { after }),
    });
    return c.json({ links: links.map(linkJson), next_after: links.at(-1)?.id ?? null });
  });

  routes.get('/v1/links/:app_user_id', async (c) => {
    const { link } = await account(app, { appUserId: c.req.param('app_user_id') });
    return c.json(linkJson(link ?? missing()));
  });

  routes.delete('/v1/links/:app_user_id', async (c) => {
    const unlinked = await unlink(app, { appUserId: c.req.param('app_user_id') });
    return c.json(linkJson(unlinked ?? missing()));
  });

  routes.post('/v1/links/:app_user_id/access-token', async (c) => {
    const granted = await refresh(app, { appUserId: c.req.param('app_user_id') });
    return c.json({
      access_token: granted.accessToken,
      token_type: 'Bearer',
      expires_at: granted.expiresAt.toISOString(),
      pkb_public_id: granted.link.publicId,
    });
  });

  routes.get('/v1/links/:app_user_id/demographics', async (c) =>
    c.json(demographicsJson(await patient(app, { appUserId: c.req.param('app_user_id') }))),
  );

  return routes;
}

/** Hashed first: equal lengths for the comparison, and no time that tells how much of a key was right. */
function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(one)), Buffer.from(sha256(other)));
}

function linkState(value: string | undefined): LinkState | undefined {
  const state = LINK_STATES.find((known) => known === value);
  if (value === undefined || state) return state;
  throw new InvalidRequestError('bad-input', `state must be one of ${LINK_STATES.join(', ')}`, {
    field: 'state',
  });
}

function pageSize(value: string | undefined): number {
  const size = value === undefined ? 100 : Number(/^\d+$/.test(value) ? value : Number.NaN);
  if (size >= 1 && size <= MAX_PAGE) return size;
  throw new InvalidRequestError('bad-input', `limit must be 1 to ${MAX_PAGE}`, { field: 'limit' });
}

function missing(): never {
  throw new InvalidRequestError('unknown-link', 'this account has no link', { field: 'app_user_id' });
}
