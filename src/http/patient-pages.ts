import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import type { App } from '../app.ts';
import { notFoundPage } from '../pages/not-found.ts';
import { style } from '../pages/style.ts';
import { browserSessionCookie } from './browser-session.ts';
import { confirmationRoutes } from './confirmation-routes.ts';
import { connectionRoutes } from './connection-routes.ts';
import { formsOnly } from './form.ts';
import { linkingRoutes } from './linking-routes.ts';
import { failurePage, type PageContext, seeOther } from './page-context.ts';
import { checkedOrigin, type PatientPagesOptions } from './page-options.ts';
import { problemRoutes } from './problem-routes.ts';
import { securityHeaders } from './security-headers.ts';

export type { Brand } from '../pages/site.ts';
export type { PatientPagesOptions } from './page-options.ts';

/**
 * The pages on which a patient connects their PKB record, checks that it is theirs, looks after the connection and ends it.
 * Everything is under `options.basePath`, so they can be mounted in another Hono app (`parent.route('/', pages)`) or served
 * as they are (`pages.fetch`). Mount them before middleware of your own that sets a Content-Security-Policy: theirs would
 * be overwritten, and the button to PKB needs it.
 *
 * @throws ConfigurationError `bad-configuration` where an option cannot work, at once
 */
export function patientPages(app: App, options: PatientPagesOptions): Hono {
  const origin = checkedOrigin(app, options);
  const secure = origin.startsWith('https:');
  const { basePath, brand, homePath } = options;
  const css = style(brand.accentColour);
  const cssHash = createHash('sha256').update(css).digest('hex').slice(0, 16);
  const context: PageContext = {
    app,
    options,
    site: { brand, basePath, homePath, styleHref: `${basePath}/style.css?v=${cssHash}` },
    cookie: browserSessionCookie(secure),
  };

  const pages = new Hono();
  pages.onError((thrown, c) => failurePage(c, context, thrown));
  pages.use(
    `${basePath}/*`,
    ...securityHeaders({
      secure,
      authorizationEndpoint: app.provider.settings.authorizationEndpoint,
      startPath: `${basePath}/start`,
    }),
  );
  pages.post(
    `${basePath}/*`,
    formsOnly(origin, (c, failure, status) => failurePage(c, context, failure, status)),
  );

  pages.route(basePath, connectionRoutes(context));
  pages.route(basePath, linkingRoutes(context));
  pages.route(basePath, confirmationRoutes(context));
  pages.route(basePath, problemRoutes(context));

  pages.get(`${basePath}/style.css`, (c) => {
    // Under the name of its hash it never changes; under another it is not the one that was asked for.
    const known = c.req.query('v') === cssHash;
    return c.body(css, 200, {
      'Content-Type': 'text/css; charset=utf-8',
      'Cache-Control': known ? 'public, max-age=31536000, immutable' : 'public, max-age=60',
    });
  });

  pages.get(`${basePath}/`, (c) => seeOther(c, basePath));
  pages.all(`${basePath}/*`, (c) => c.html(notFoundPage(context.site), 404));
  return pages;
}
