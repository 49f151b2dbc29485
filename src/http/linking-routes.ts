import { type Context, Hono } from 'hono';
import { authorize } from '../flow/authorize.ts';
import { CALLBACK_PARAMETERS, callback } from '../flow/callback.ts';
import { finish } from '../flow/finish.ts';
import { completionAddress } from '../flow/return-address.ts';
import type { Link } from '../model.ts';
import { noRecordPage } from '../pages/no-record.ts';
import { oneMomentPage } from '../pages/one-moment.ts';
import { startPage } from '../pages/start.ts';
import { browserSession, newBrowserSession, setBrowserSession } from './browser-session.ts';
import { formOf } from './form.ts';
import { keptPlace, mayPass } from './kept-place.ts';
import { forAsking, type PageContext } from './page-context.ts';
import { parameter, queryOf, requiredParameter } from './parameters.ts';
import { reportFailure } from './report-failure.ts';
import { seeOther } from './see-other.ts';

const MAX_ID = 100;

/** From "Connect your PKB record" to a proposed link: start, authorize, callback, finish. */
export function linkingRoutes(context: PageContext): Hono {
  const { app, options, entrance, siteOf, cookie } = context;
  const { basePath } = options;
  const routes = new Hono();

  routes.get(
    '/start',
    forAsking(context, async (c) =>
      c.html(startPage(siteOf(c), { minutes: Math.floor(app.pendingSeconds / 60) })),
    ),
  );

  routes.get('/no-record', (c) => c.html(noRecordPage(siteOf(c))));

  routes.post(
    '/authorize',
    forAsking(context, async (c, asking) => {
      // The cookie is kept where there is one: a second tab must not take the first one's browser session away.
      const secret = browserSession(c, cookie) ?? newBrowserSession();
      const { url, expiresAt } = await authorize(app, { ...asking, browserSession: secret });
      const secondsLeft = Math.ceil((expiresAt.getTime() - app.now().getTime()) / 1000);
      setBrowserSession(c, cookie, secret, secondsLeft);
      return seeOther(c, url.href);
    }),
  );

  // Answers with a redirect whatever happens: the code and the state leave the address bar at once.
  routes.get('/callback', async (c) => {
    try {
      const query = queryOf(c.req.raw);
      // URLSearchParams would replace what is not UTF-8; the verb sees only what is left.
      for (const [name, maxLength] of Object.entries(CALLBACK_PARAMETERS)) parameter(query, name, maxLength);
      const appUserId = await entrance.account(c);
      const { authorizationId, linkSessionId } = await callback(app, {
        parameters: new URLSearchParams(query),
        browserSession: browserSession(c, cookie),
        ...(appUserId !== undefined && { appUserId }),
      });
      const next =
        linkSessionId === undefined
          ? `${basePath}${finishPath(authorizationId)}`
          : await completionAddress(app, { linkSessionId });
      return seeOther(c, next);
    } catch (thrown) {
      const { failure, reference } = reportFailure(app, thrown);
      return seeOther(c, `${basePath}/problem/${failure.code}?reference=${reference}`);
    }
  });

  routes.get('/finish', (c) => finishFor(c, requiredParameter(queryOf(c.req.raw), 'authorization', MAX_ID)));
  routes.post('/finish', async (c) =>
    finishFor(c, requiredParameter(await formOf(c), 'authorization', MAX_ID)),
  );

  async function finishFor(c: Context, authorizationId: string): Promise<Response> {
    const appUserId = await entrance.account(c);
    if (appUserId === undefined) return entrance.stranger(c, finishPath(authorizationId));
    const owner = { authorizationId, appUserId, browserSession: browserSession(c, cookie) };
    let link: Link | 'exchanging';
    try {
      link = await finish(app, owner);
    } catch (thrown) {
      if (!mayPass(thrown)) throw thrown;
      const fields = { authorization: authorizationId };
      return keptPlace(c, context, thrown, { method: 'post', action: `${basePath}/finish`, fields });
    }
    if (link === 'exchanging') {
      return c.html(oneMomentPage(siteOf(c), { again: `${basePath}${finishPath(authorizationId)}` }));
    }
    return seeOther(c, link.state === 'proposed' ? `${basePath}/confirm` : basePath);
  }

  return routes;
}

/** Where an answered authorization is taken on, under the pages. */
export function finishPath(authorizationId: string): string {
  return `/finish?${new URLSearchParams({ authorization: authorizationId })}`;
}
