import { setTimeout as delay } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { authorize } from '../flow/authorize.ts';
import { CALLBACK_PARAMETERS, callback } from '../flow/callback.ts';
import { exchange } from '../flow/exchange.ts';
import { identify } from '../flow/identify.ts';
import type { Link } from '../model.ts';
import { noRecordPage } from '../pages/no-record.ts';
import { oneMomentPage } from '../pages/one-moment.ts';
import { startPage } from '../pages/start.ts';
import { browserSession, newBrowserSession, setBrowserSession } from './browser-session.ts';
import { formOf } from './form.ts';
import { keptPlace, mayPass } from './kept-place.ts';
import { forAccount, type PageContext, seeOther, signInFirst } from './page-context.ts';
import { parameter, queryOf, requiredParameter } from './parameters.ts';
import { reportFailure } from './report-failure.ts';

const MAX_ID = 100;
/** How often we look whether another request of this browser has finished the exchange, and how many times. */
const LOOK_MS = 200;
const LOOKS = 10;

/** From "Connect your PKB record" to a proposed link: start, authorize, callback, finish. */
export function linkingRoutes(context: PageContext): Hono {
  const { app, options, site, cookie } = context;
  const { basePath } = options;
  const routes = new Hono();

  routes.get(
    '/start',
    forAccount(context, '/start', async (c) =>
      c.html(startPage(site, { minutes: Math.floor(app.pendingSeconds / 60) })),
    ),
  );

  routes.get('/no-record', (c) => c.html(noRecordPage(site)));

  routes.post(
    '/authorize',
    forAccount(context, '/start', async (c, appUserId) => {
      // The cookie is kept where there is one: a second tab must not take the first one's browser session away.
      const secret = browserSession(c, cookie) ?? newBrowserSession();
      const { url, expiresAt } = await authorize(app, { appUserId, browserSession: secret });
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
      const appUserId = await options.account(c.req.raw);
      const { authorizationId } = await callback(app, {
        parameters: new URLSearchParams(query),
        browserSession: browserSession(c, cookie),
        ...(appUserId !== undefined && { appUserId }),
      });
      return seeOther(c, `${basePath}${finishPath(authorizationId)}`);
    } catch (thrown) {
      const { failure, reference } = reportFailure(app, thrown);
      return seeOther(c, `${basePath}/problem/${failure.code}?reference=${reference}`);
    }
  });

  routes.get('/finish', (c) => finish(c, requiredParameter(queryOf(c.req.raw), 'authorization', MAX_ID)));
  routes.post('/finish', async (c) => finish(c, requiredParameter(await formOf(c), 'authorization', MAX_ID)));

  async function finish(c: Context, authorizationId: string): Promise<Response> {
    const appUserId = await options.account(c.req.raw);
    if (appUserId === undefined) return signInFirst(c, context, finishPath(authorizationId));
    const owner = { authorizationId, appUserId, browserSession: browserSession(c, cookie) };
    let link: Link;
    try {
      let { step } = await exchange(app, owner);
      for (let look = 0; step === 'exchanging' && look < LOOKS; look += 1) {
        await delay(LOOK_MS);
        ({ step } = await exchange(app, owner));
      }
      if (step === 'exchanging') {
        return c.html(oneMomentPage(site, { again: `${basePath}${finishPath(authorizationId)}` }));
      }
      link = await identify(app, owner);
    } catch (thrown) {
      if (!mayPass(thrown)) throw thrown;
      const fields = { authorization: authorizationId };
      return keptPlace(c, context, thrown, { method: 'post', action: `${basePath}/finish`, fields });
    }
    return seeOther(c, link.state === 'proposed' ? `${basePath}/confirm` : basePath);
  }

  return routes;
}

function finishPath(authorizationId: string): string {
  return `/finish?${new URLSearchParams({ authorization: authorizationId })}`;
}
