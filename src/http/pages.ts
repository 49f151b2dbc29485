import { createHash } from 'node:crypto';
import { Hono, type MiddlewareHandler } from 'hono';
import type { App } from '../app.ts';
import { notFoundPage } from '../pages/not-found.ts';
import { style } from '../pages/style.ts';
import { browserSessionCookie } from './browser-session.ts';
import { confirmationRoutes } from './confirmation-routes.ts';
import { connectionRoutes } from './connection-routes.ts';
import type { Entrance } from './entrance.ts';
import { formsOnly } from './form.ts';
import { linkingRoutes } from './linking-routes.ts';
import { failurePage, type PageContext } from './page-context.ts';
import type { PageOptions } from './page-options.ts';
import { problemRoutes } from './problem-routes.ts';
import { securityHeaders } from './security-headers.ts';
import { seeOther } from './see-other.ts';

/** The pages, whoever lets patients in. `before` sees each request first; `more` are routes beside the pages' own. */
export function pages(parts: {
  readonly app: App;
  /** The public origin. */
  readonly origin: string;
  readonly options: PageOptions;
  readonly entrance: Entrance;
  /** Where the form of "yes, this is my record" may lead, beside our own pages: origins and schemes. */
  readonly confirmTargets?: readonly string[];
  readonly before?: MiddlewareHandler;
  readonly more?: (context: PageContext) => Hono;
}): Hono {
  const { app, origin, options, entrance } = parts;
  const { basePath, brand } = options;
  const secure = origin.startsWith('https:');
  const css = style(brand.accentColour);
  const cssHash = createHash('sha256').update(css).digest('hex').slice(0, 16);
  const styleHref = `${basePath}/style.css?v=${cssHash}`;
  const context: PageContext = {
    app,
    options,
    entrance,
    siteOf: (c) => ({ brand, basePath, homePath: entrance.home(c), styleHref }),
    cookie: browserSessionCookie(secure),
  };

  const routes = new Hono();
  routes.onError((thrown, c) => failurePage(c, context, thrown));
  const authorizationOrigin = new URL(app.provider.settings.authorizationEndpoint).origin;
  routes.use(
    `${basePath}/*`,
    ...securityHeaders({
      secure,
      formTargets: {
        // PKB may hop on to a login of its own (NHS login), so https at large.
        [`${basePath}/start`]: [authorizationOrigin, 'https:'],
        [`${basePath}/confirm`]: parts.confirmTargets ?? [],
      },
    }),
  );
  if (parts.before) routes.use(`${basePath}/*`, parts.before);
  routes.post(
    `${basePath}/*`,
    formsOnly(origin, (c, failure, status) => failurePage(c, context, failure, status)),
  );

  routes.route(basePath, connectionRoutes(context));
  routes.route(basePath, linkingRoutes(context));
  routes.route(basePath, confirmationRoutes(context));
  routes.route(basePath, problemRoutes(context));
  if (parts.more) routes.route(basePath, parts.more(context));

  routes.get(`${basePath}/style.css`, (c) => {
    // Under the name of its hash it never changes; under another it is not the one that was asked for.
    const known = c.req.query('v') === cssHash;
    return c.body(css, 200, {
      'Content-Type': 'text/css; charset=utf-8',
      'Cache-Control': known ? 'public, max-age=31536000, immutable' : 'public, max-age=60',
    });
  });

  routes.get(`${basePath}/`, (c) => seeOther(c, basePath));
  routes.all(`${basePath}/*`, (c) => c.html(notFoundPage(context.siteOf(c)), 404));
  return routes;
}
