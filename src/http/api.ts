/**
 * The HTTP API of `pkb-link serve`, for the partner's own processes: each route is one verb. Patients never come here;
 * they link on pages, hosted beside it (`hosted-pages.ts`) or embedded in the partner's app (`patient-pages.ts`).
 */

import { timingSafeEqual } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { Hono } from 'hono';
import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { account, checkedAppUserId } from '../flow/account.ts';
import { patient } from '../flow/patient.ts';
import { refresh } from '../flow/refresh.ts';
import { unlink } from '../flow/unlink.ts';
import { LINK_STATES, type LinkState } from '../model.ts';
import { sha256 } from '../sha256.ts';
import { demographicsJson, linkJson } from './link-json.ts';
import { linkSessionRoutes } from './link-session-routes.ts';
import { parameter, queryOf } from './parameters.ts';
import { passThrough } from './pass-through.ts';
import { problemForCaller, problemResponse } from './problem-json.ts';
import { reportFailure } from './report-failure.ts';

const MAX_PAGE = 500;

/**
 * @param options.apiKey what callers send as `Authorization: Bearer <key>`
 * @param options.pagesUrl where the hosted pages are; link sessions are offered only where there are some
 */
export function api(app: App, options: { readonly apiKey: string; readonly pagesUrl?: string }): Hono {
  const routes = new Hono();
  routes.onError((thrown) => problemResponse(reportFailure(app, thrown)));
  routes.notFound(() => problem(404, 'there is no such resource'));
  routes.use(async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
  });

  routes.get('/healthz', (c) => c.json({ status: 'ok' }));
  routes.get('/readyz', async (c) => {
    try {
      await app.store.listLinks({ limit: 1 });
      return c.json({ status: 'ok' });
    } catch (thrown) {
      const { reference } = reportFailure(app, thrown);
      return problem(503, `the database does not answer (reference ${reference})`);
    }
  });

  routes.route('/v1', callerRoutes(app, options));
  return routes;
}

function callerRoutes(app: App, { apiKey, pagesUrl }: Parameters<typeof api>[1]): Hono {
  const routes = new Hono();
  routes.onError((thrown) => problemForCaller(reportFailure(app, thrown)));

  routes.use(async (c, next) => {
    const [, key] = /^Bearer ([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    if (key !== undefined && sameSecret(key, apiKey)) return next();
    return problem(401, 'the API key is missing or wrong', { 'WWW-Authenticate': 'Bearer' });
  });

  if (pagesUrl !== undefined) routes.route('/', linkSessionRoutes(app, pagesUrl));
  routes.all('/link-sessions', pagesUrl === undefined ? noPages : notAllowed('POST'));
  routes.all('/link-sessions/:id', pagesUrl === undefined ? noPages : notAllowed('GET, HEAD'));
  routes.all('/link-sessions/:id/complete', pagesUrl === undefined ? noPages : notAllowed('POST'));

  routes.get('/links', async (c) => {
    const query = queryOf(c.req.raw);
    const state = linkState(parameter(query, 'state', 32));
    const after = parameter(query, 'after', 64);
    const limit = pageSize(parameter(query, 'limit', 4));
    const links = await app.store.listLinks({
      limit,
      ...(state !== undefined && { state }),
      ...(after !== undefined && { after }),
    });
    const last = links.length === limit ? links.at(-1) : undefined;
    return c.json({ links: links.map(linkJson), next_after: last?.id ?? null });
  });
  routes.all('/links', notAllowed('GET, HEAD'));

  routes.get('/links/:app_user_id', async (c) => {
    const { link } = await account(app, { appUserId: appUserIdIn(c.req.url) });
    return c.json(linkJson(link ?? missing()));
  });
  routes.delete('/links/:app_user_id', async (c) => {
    const unlinked = await unlink(app, { appUserId: appUserIdIn(c.req.url) });
    return c.json(linkJson(unlinked ?? missing()));
  });
  routes.all('/links/:app_user_id', notAllowed('GET, HEAD, DELETE'));

  routes.post('/links/:app_user_id/access-token', async (c) => {
    const granted = await refresh(app, { appUserId: appUserIdIn(c.req.url) });
    return c.json({
      access_token: granted.accessToken,
      token_type: 'Bearer',
      expires_at: granted.expiresAt.toISOString(),
      pkb_public_id: granted.link.publicId,
    });
  });
  routes.all('/links/:app_user_id/access-token', notAllowed('POST'));

  routes.get('/links/:app_user_id/demographics', async (c) =>
    c.json(demographicsJson(await patient(app, { appUserId: appUserIdIn(c.req.url) }))),
  );
  routes.all('/links/:app_user_id/demographics', notAllowed('GET, HEAD'));

  routes.route(
    '/',
    passThrough(app, (c) => appUserIdIn(c.req.url)),
  );

  return routes;
}

/** What is wrong with a request before any verb is called (RFC 9457: without a `type` the status says it all). */
function problem(status: number, detail: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ title: STATUS_CODES[status], status, detail }), {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Pkb-Link-Failure': 'bad-request', ...headers },
  });
}

function noPages(): Response {
  return problem(404, 'this service hosts no pages: its operator sets PKB_LINK_APP_NAME');
}

function notAllowed(methods: string): () => Response {
  return () => problem(405, `this resource takes ${methods}`, { Allow: methods });
}

/** Not `c.req.param`: it leaves `%FF` as it came, which would be the same id as `%25FF`. */
function appUserIdIn(url: string): string {
  const [, , , segment = ''] = new URL(url).pathname.split('/');
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch (cause) {
    throw new InvalidRequestError('bad-input', 'app_user_id is not UTF-8', { field: 'app_user_id', cause });
  }
  return checkedAppUserId(decoded);
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
