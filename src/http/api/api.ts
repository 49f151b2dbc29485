/**
 * The HTTP API of `pkb-link serve`, for the partner's own processes: each route is one verb. Patients never come here;
 * they link on pages, hosted beside it (`hosted-pages.ts`) or embedded in the partner's app (`patient-pages.ts`).
 */

import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { etag } from 'hono/etag';
import type { App } from '../../app.ts';
import { InvalidRequestError } from '../../errors.ts';
import { account } from '../../flow/account.ts';
import { link } from '../../flow/link.ts';
import { patient } from '../../flow/patient.ts';
import { refresh } from '../../flow/refresh.ts';
import { unlink } from '../../flow/unlink.ts';
import { LINK_STATES, type LinkState } from '../../model.ts';
import { erasePerson } from '../../operator/erase-person.ts';
import { events } from '../../outward/events.ts';
import { eventJson } from '../../webhook/event-json.ts';
import type { Limits } from '../limits.ts';
import { parameter, queryOf } from '../parameters.ts';
import { problem, problemForCaller, turnedAway } from '../problem-json.ts';
import { reportFailure } from '../report-failure.ts';
import { rootRoutes } from '../root-routes.ts';
import { TurnedAway } from '../turned-away.ts';
import { checkApiKey, type OfCaller } from './api-key.ts';
import { jsonBody } from './json-body.ts';
import { demographicsJson, erasedJson, isoTime, linkJson } from './link-json.ts';
import { linkSessionRoutes } from './link-session-routes.ts';
import { documentHeaders, documentPage } from './openapi-page.ts';
import { passThrough } from './pass-through.ts';

const MAX_PAGE = 500;

/**
 * @param options.apiKey one that callers may send as `Authorization: Bearer <key>`, beside those that are stored
 * @param options.pagesUrl where the hosted pages are; link sessions are offered only where there are some
 * @param options.limits without them nobody is turned away
 * @param options.observe around every request
 */
export function api(
  app: App,
  options: {
    readonly apiKey?: string;
    readonly pagesUrl?: string;
    readonly limits?: Limits;
    readonly observe?: MiddlewareHandler;
  },
): Hono {
  const routes = rootRoutes(options.observe);
  // Here, and not at the routes of callers: Hono would put one more layer around each of them, middleware too.
  routes.onError((thrown, c) =>
    thrown instanceof TurnedAway ? turnedAway(thrown) : problemForCaller(reportFailure(c, app, thrown)),
  );

  routes.get('/readyz', async (c) => {
    try {
      await app.store.listLinks({ limit: 1 });
      return c.json({ status: 'ok' });
    } catch (thrown) {
      const { reference } = reportFailure(c, app, thrown);
      return problem(503, `the database does not answer (reference ${reference})`);
    }
  });

  // Made when it is first asked for: the start need not wait for it.
  const document = async () => (await import('./openapi.ts')).OPENAPI;
  routes.get('/openapi.json', async (c) => c.json(await document()));
  routes.get('/docs', documentHeaders, async (c) => c.html(documentPage(await document())));

  routes.route('/v1', callerRoutes(app, options));
  return routes;
}

function callerRoutes(app: App, { apiKey, pagesUrl, limits }: Parameters<typeof api>[1]): Hono<OfCaller> {
  const routes = new Hono<OfCaller>();
  if (limits) routes.use(taken(limits));
  routes.use(checkApiKey(app, apiKey, limits));

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
    return c.json({ links: links.map((each) => linkJson(each)), next_after: last?.id ?? null });
  });
  routes.all('/links', notAllowed('GET, HEAD'));

  routes.get('/events', async (c) => {
    const query = queryOf(c.req.raw);
    const after = parameter(query, 'after', 64);
    const limit = pageSize(parameter(query, 'limit', 4));
    const page = await events(app, { limit, ...(after !== undefined && { after }) });
    return c.json({ events: page.map(eventJson), next_after: page.at(-1)?.id ?? after ?? null });
  });
  routes.all('/events', notAllowed('GET, HEAD'));

  routes.get('/links/:app_user_id', etag(), async (c) => {
    const { link: found, nextAction } = await account(app, { appUserId: appUserIdOf(c) });
    return c.json(linkJson(found ?? missing(), nextAction));
  });
  routes.delete('/links/:app_user_id', async (c) => {
    const unlinked = await unlink(c.get('app'), { appUserId: appUserIdOf(c) });
    return c.json(linkJson(unlinked ?? missing()));
  });
  routes.all('/links/:app_user_id', notAllowed('GET, HEAD, DELETE'));

  // With the id of the link that the patient was shown: a newer proposal is not confirmed by mistake.
  routes.post('/links/:app_user_id/confirm', async (c) => {
    const appUserId = appUserIdOf(c);
    const { link: linkId } = await jsonBody(c, 'Confirmation');
    return c.json(linkJson(await link(c.get('app'), { appUserId, linkId })));
  });
  routes.all('/links/:app_user_id/confirm', notAllowed('POST'));

  routes.post('/links/:app_user_id/access-token', async (c) => {
    const granted = await refresh(app, {
      appUserId: appUserIdOf(c),
      // A token that is held needs no room: only who must wait for PKB takes some.
      beforeWaiting: () => limits?.take(c, 'begun'),
    });
    return c.json({
      access_token: granted.accessToken,
      token_type: 'Bearer',
      expires_at: isoTime(granted.expiresAt),
      pkb_public_id: granted.link.publicId,
    });
  });
  routes.all('/links/:app_user_id/access-token', notAllowed('POST'));

  routes.get('/links/:app_user_id/demographics', async (c) =>
    c.json(demographicsJson(await patient(app, { appUserId: appUserIdOf(c) }))),
  );
  routes.all('/links/:app_user_id/demographics', notAllowed('GET, HEAD'));

  routes.delete('/people/:app_user_id', async (c) => {
    const erased = await erasePerson(c.get('app'), { appUserId: appUserIdOf(c) });
    return c.json(erasedJson(erased));
  });
  routes.all('/people/:app_user_id', notAllowed('DELETE'));

  routes.route('/', passThrough(app, appUserIdOf));

  return routes;
}

/** What is PKB's to answer, and each new link, is `new` work. */
function taken(limits: Limits): MiddlewareHandler {
  return (c, next) => {
    const { method, path } = c.req;
    if (path.endsWith('/access-token')) return limits.around(c, next);
    const isNew =
      /^\/v1\/links\/[^/]*\/(fhir|rest|demographics)(\/|$)/.test(path) ||
      (method === 'POST' && path === '/v1/link-sessions');
    limits.take(c, isNew ? 'new' : 'begun');
    return limits.around(c, next);
  };
}

function noPages(): Response {
  return problem(404, 'this service hosts no pages: its operator sets PKB_LINK_APP_NAME');
}

function notAllowed(methods: string): () => Response {
  return () => problem(405, `this resource takes ${methods}`, { Allow: methods });
}

/** @throws InvalidRequestError `bad-input` */
function appUserIdOf(c: Context): string {
  // Hono leaves `%FF` as it came, which would be the same id as `%25FF`.
  return c.req.url.includes('%') ? decoded(c.req.url) : (c.req.param('app_user_id') ?? '');
}

function decoded(url: string): string {
  // `https://host/v1/links/<app_user_id>/...`: a request's address is in this form already.
  const [segment = ''] = (url.split('/')[5] ?? '').split('?');
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new InvalidRequestError('bad-input', 'app_user_id is not UTF-8', { field: 'app_user_id', cause });
  }
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
