import { type Context, Hono } from 'hono';
import type { App } from '../app.ts';
import { brandIn } from '../pages/brand.ts';
import { notFoundPage } from '../pages/not-found.ts';
import { style } from '../pages/style.ts';
import { browserSessionCookie } from './browser-session.ts';
import { confirmationRoutes } from './confirmation-routes.ts';
import { connectionRoutes } from './connection-routes.ts';
import { formsOnly } from './form.ts';
import { guideRoutes } from './guide-routes.ts';
import { keptFile, keptFileRoutes, logoFile } from './kept-files.ts';
import { inChosenLanguage, inEachLanguage, languageCookie, languageOf } from './language.ts';
import { linkingRoutes } from './linking-routes.ts';
import { failurePage, type PageContext, seeOther } from './page-context.ts';
import { checkedOptions, type PatientPagesOptions } from './page-options.ts';
import { problemRoutes } from './problem-routes.ts';
import { securityHeaders } from './security-headers.ts';

export type { Brand } from '../pages/site.ts';
export { type OwnTexts, readOwnTexts } from './own-texts.ts';
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
  const { origin, texts } = checkedOptions(app, options);
  const secure = origin.startsWith('https:');
  const { basePath, brand, homePath } = options;
  const styleSheet = keptFile(`${basePath}/style.css`, 'text/css; charset=utf-8', style(brand.accentColour));
  const logo = brand.logo === undefined ? undefined : logoFile(`${basePath}/logo`, brand.logo);
  const ofLanguage = languageCookie(secure);
  const context: PageContext = {
    app,
    options,
    origin,
    siteOf(c, address = here(c)) {
      const language = languageOf(c, ofLanguage);
      return {
        language,
        texts: texts[language],
        brand: brandIn(language, brand),
        basePath,
        homePath,
        styleHref: styleSheet.href,
        ...(logo && { logoHref: logo.href }),
        inLanguage: inEachLanguage(address),
      };
    },
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
    inChosenLanguage(ofLanguage),
  );
  pages.post(
    `${basePath}/*`,
    formsOnly(origin, (c, failure, status) => failurePage(c, context, failure, status)),
  );

  pages.route(basePath, connectionRoutes(context));
  pages.route(basePath, guideRoutes(context));
  pages.route(basePath, linkingRoutes(context));
  pages.route(basePath, confirmationRoutes(context));
  pages.route(basePath, problemRoutes(context));

  pages.route('/', keptFileRoutes(logo ? [styleSheet, logo] : [styleSheet]));

  pages.get(`${basePath}/`, (c) => seeOther(c, basePath));
  pages.all(`${basePath}/*`, (c) => c.html(notFoundPage(context.siteOf(c)), 404));
  return pages;
}

/** Path and query of a request: what its page can be asked for by again. */
function here(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  return pathname + search;
}
