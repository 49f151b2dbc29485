import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { App } from '../../app.ts';
import { brandIn } from '../../pages/brand.ts';
import { notFoundPage } from '../../pages/not-found.ts';
import { style } from '../../pages/style.ts';
import { formsOnly } from '../form.ts';
import { keptFile, keptFileRoutes, logoFile } from '../kept-files.ts';
import { securityHeaders } from '../security-headers.ts';
import { seeOther } from '../see-other.ts';
import type { BrowserSessionCookie } from './browser-session.ts';
import { confirmationRoutes } from './confirmation-routes.ts';
import { connectionRoutes } from './connection-routes.ts';
import type { Entrance } from './entrance.ts';
import { guideRoutes } from './guide-routes.ts';
import { inChosenLanguage, inEachLanguage, languageCookie, languageOf } from './language.ts';
import { linkingRoutes } from './linking-routes.ts';
import { failurePage, type PageContext } from './page-context.ts';
import { checkedOptions, type PageOptions } from './page-options.ts';
import { problemRoutes } from './problem-routes.ts';

/** The pages, whoever lets patients in. `before` sees each request first; `more` are routes beside the pages' own. */
export function pages(parts: {
  readonly app: App;
  readonly options: PageOptions;
  readonly entrance: Entrance;
  readonly cookie: BrowserSessionCookie;
  /** Where the form of "yes, this is my record" may lead, beside our own pages: origins and schemes. */
  readonly confirmTargets?: readonly string[];
  readonly before?: readonly MiddlewareHandler[];
  readonly more?: (context: PageContext) => Hono;
}): Hono {
  const { options, entrance, cookie } = parts;
  const app: App = { ...parts.app, actor: 'patient' };
  const { origin, texts } = checkedOptions(app, options);
  const { basePath, brand } = options;
  const { secure } = cookie;
  const styleSheet = keptFile(`${basePath}/style.css`, 'text/css; charset=utf-8', style(brand.accentColour));
  const logo = brand.logo === undefined ? undefined : logoFile(`${basePath}/logo`, brand.logo);
  const ofLanguage = languageCookie(secure);
  const context: PageContext = {
    app,
    options,
    entrance,
    origin,
    siteOf(c, address = here(c)) {
      const language = languageOf(c, ofLanguage);
      return {
        language,
        texts: texts[language],
        brand: brandIn(language, brand),
        basePath,
        homePath: entrance.home(c),
        styleHref: styleSheet.href,
        ...(logo && { logoHref: logo.href }),
        inLanguage: inEachLanguage(address),
      };
    },
    cookie,
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
    inChosenLanguage(ofLanguage),
  );
  for (const each of parts.before ?? []) routes.use(`${basePath}/*`, each);
  routes.post(
    `${basePath}/*`,
    formsOnly(origin, (c, failure, status) => failurePage(c, context, failure, status)),
  );

  routes.route(basePath, connectionRoutes(context));
  routes.route(basePath, guideRoutes(context));
  routes.route(basePath, linkingRoutes(context));
  routes.route(basePath, confirmationRoutes(context));
  routes.route(basePath, problemRoutes(context));
  if (parts.more) routes.route(basePath, parts.more(context));

  routes.route('/', keptFileRoutes(logo ? [styleSheet, logo] : [styleSheet]));

  routes.get(`${basePath}/`, (c) => seeOther(c, basePath));
  routes.all(`${basePath}/*`, (c) => c.html(notFoundPage(context.siteOf(c)), 404));
  return routes;
}

/** Path and query of a request: what its page can be asked for by again. */
function here(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  return pathname + search;
}
