import { Hono } from 'hono';
import { account } from '../../flow/account.ts';
import { authorize } from '../../flow/authorize.ts';
import { CALLBACK_PARAMETERS, callback } from '../../flow/callback.ts';
import { finish } from '../../flow/finish.ts';
import { completionAddress } from '../../flow/return-address.ts';
import type { Link } from '../../model.ts';
import { alreadyConnectedPage } from '../../pages/already-connected.ts';
import { cookiesPage } from '../../pages/cookies.ts';
import { oneMomentPage } from '../../pages/one-moment.ts';
import { startPage } from '../../pages/start.ts';
import { parameter, queryOf, requiredParameter } from '../parameters.ts';
import { reportFailure } from '../report-failure.ts';
import { seeOther } from '../see-other.ts';
import { browserSession, newBrowserSession, setBrowserSession } from './browser-session.ts';
import { isInAppBrowser, openElsewhere } from './in-app-browser.ts';
import { keptPlace, mayPass } from './kept-place.ts';
import { forAccount, forAsking, type PageContext, problemAddress } from './page-context.ts';

const MAX_ID = 100;
/** A start page may stay open for a day before its button is pressed. */
const START_SECONDS = 24 * 60 * 60;

/** From "Connect your PKB record" to a proposed link: start, authorize, callback, finish. */
export function linkingRoutes(context: PageContext): Hono {
  const { app, options, entrance, siteOf, cookie } = context;
  const { basePath } = options;
  const routes = new Hono();

  routes.get(
    '/start',
    forAsking(context, async (c) => {
      // Whoever has read why not may start anyway.
      if (parameter(queryOf(c.req.raw), 'anyway', 3) === undefined) {
        const userAgent = c.req.header('User-Agent') ?? '';
        if (isInAppBrowser(userAgent)) return seeOther(c, `${basePath}/open-in-browser`);
        // Of somebody for whom nobody vouches yet, no page says whether they are connected.
        const appUserId = await entrance.account(c);
        const { link } = appUserId === undefined ? {} : await account(app, { appUserId });
        if (link?.state === 'active' && !link.sessionEndsAt)
          return seeOther(c, `${basePath}/already-connected`);
      }
      // Given here already, so that a browser that refuses cookies is found out before it leaves for PKB.
      setBrowserSession(c, cookie, browserSession(c, cookie) ?? newBrowserSession(), START_SECONDS);
      return c.html(startPage(siteOf(c), { minutes: Math.floor(app.pendingSeconds / 60) }));
    }),
  );

  routes.get(
    '/already-connected',
    forAccount(context, '', async (c, appUserId) => {
      const { link } = await account(app, { appUserId });
      return link?.state === 'active' ? c.html(alreadyConnectedPage(siteOf(c))) : seeOther(c, basePath);
    }),
  );

  routes.get('/cookies', (c) => c.html(cookiesPage(siteOf(c)), 400));

  routes.get('/open-in-browser', (c) => openElsewhere(c, context, `${basePath}/start`));

  routes.post(
    '/authorize',
    forAsking(context, async (c, asking) => {
      // The same for every tab: a second one must not take the first one's browser session away.
      const secret = browserSession(c, cookie);
      if (secret === undefined) return seeOther(c, `${basePath}/cookies`);
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
      const { failure, reference } = reportFailure(c, app, thrown);
      return seeOther(c, problemAddress(context, failure.code, reference));
    }
  });

  routes.get('/finish', async (c) => {
    const authorizationId = requiredParameter(queryOf(c.req.raw), 'authorization', MAX_ID);
    const appUserId = await entrance.account(c);
    if (appUserId === undefined) return entrance.stranger(c, finishPath(authorizationId));
    const owner = { authorizationId, appUserId, browserSession: browserSession(c, cookie) };
    const again = `${basePath}${finishPath(authorizationId)}`;
    let link: Link | 'exchanging';
    try {
      link = await finish(app, owner);
    } catch (thrown) {
      if (!mayPass(thrown)) throw thrown;
      return keptPlace(c, context, thrown, again);
    }
    if (link === 'exchanging') return c.html(oneMomentPage(siteOf(c), { again }));
    return seeOther(c, link.state === 'proposed' ? `${basePath}/confirm` : basePath);
  });

  return routes;
}

/** Where an answered authorization is taken on, under the pages. */
export function finishPath(authorizationId: string): string {
  return `/finish?${new URLSearchParams({ authorization: authorizationId })}`;
}
