import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { App } from '../app.ts';
import type { Failure } from '../errors.ts';
import { FAILURE_ANSWERS } from '../http/failure-answers.ts';
import { formOf, formsOnly } from '../http/form.ts';
import { keptFile, keptFileRoutes } from '../http/kept-files.ts';
import { parameter } from '../http/parameters.ts';
import { reportFailure } from '../http/report-failure.ts';
import { securityHeaders } from '../http/security-headers.ts';
import { seeOther } from '../http/see-other.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ConsoleLogin } from '../storage/console.ts';
import type { Webhook } from '../webhook/webhook.ts';
import { ACT_ROUTES } from './act-routes.ts';
import { troublePage } from './entrance-pages.ts';
import type { Frame } from './frame.ts';
import { LOOK_ROUTES } from './look-routes.ts';
import { type OrganisationSettings, organisation } from './organisation.ts';
import { consoleCookie, currentLogin, formTokenOf, isFormToken } from './session.ts';
import { SIGN_OUT, signInRoutes } from './sign-in-routes.ts';
import { consoleStyle } from './style.ts';
import { actorOf, type ConsoleRoute, mayUse } from './visit.ts';

export interface ConsoleOptions {
  /** Its origin, as browsers know it. */
  readonly url: string;
  readonly metrics: Pick<Metrics, 'figures'>;
  readonly webhook?: Webhook;
  readonly tenant?: string;
  readonly organisation?: OrganisationSettings;
}

/** Everything that needs somebody who has signed in, with what they must be. */
export const CONSOLE_ROUTES: readonly ConsoleRoute[] = [...LOOK_ROUTES, ...ACT_ROUTES, SIGN_OUT];

/** The operator's console, on an origin of its own. */
export function consoleRoutes(app: App, options: ConsoleOptions): Hono {
  const { url: origin, tenant } = options;
  const secure = origin.startsWith('https:');
  const cookie = consoleCookie(secure, tenant);
  const styleSheet = keptFile('/admin/style.css', 'text/css; charset=utf-8', consoleStyle());
  const { environment, clientId } = app.provider.settings;
  const whose = [tenant, environment, clientId].filter((part) => part !== undefined).join(' · ');
  const routes = new Hono();

  function frameOf(c: Context, login?: ConsoleLogin): Frame {
    return {
      whose,
      styleHref: styleSheet.href,
      path: c.req.path,
      formToken: formTokenOf(c, cookie),
      ...(login && { login }),
    };
  }

  function refusePage(c: Context, failure: Failure, reference?: string, status?: ContentfulStatusCode) {
    const shown = { ...troubleOf(failure), ...(reference !== undefined && { reference }) };
    return c.html(troublePage(frameOf(c), shown), status ?? FAILURE_ANSWERS[failure.code].status);
  }

  /** The one place where it is decided who may do what. */
  function admitting(route: ConsoleRoute) {
    return async (c: Context): Promise<Response> => {
      const login = await currentLogin(c, app, cookie);
      if (!login) return seeOther(c, '/admin/sign-in');
      const frame = frameOf(c, login);
      if (!mayUse(route, login)) {
        const text = `This takes the role ${route.needs}. You are signed in as ${login.role}.`;
        return c.html(troublePage(frame, { title: 'You may not do this', text }), 403);
      }
      if (route.method === 'post' && !isFormToken(c, cookie, parameter(await formOf(c), 'form', 64))) {
        const text = 'The form is from before you signed in. Nothing was changed. Load the page again.';
        return c.html(troublePage(frame, { title: 'This form is out of date', text }), 403);
      }
      const visit = { ...app, actor: actorOf(login) };
      const { metrics, webhook } = options;
      return route.answer({ c, app: visit, login, frame, cookie, figures: metrics.figures, webhook });
    };
  }

  routes.onError((thrown, c) => {
    const { failure, reference } = reportFailure(c, app, thrown);
    return refusePage(c, failure, reference);
  });
  routes.use(...securityHeaders({ secure, formTargets: {} }));
  routes.post(
    '*',
    formsOnly(origin, (c, failure, status) => refusePage(c, failure, undefined, status)),
  );

  routes.route(
    '/admin/sign-in',
    signInRoutes(app, {
      cookie,
      frameOf,
      organisation:
        options.organisation &&
        organisation(options.organisation, `${origin}/admin/sign-in/organisation/back`),
    }),
  );
  for (const route of CONSOLE_ROUTES) routes[route.method](route.path, admitting(route));
  routes.route('/', keptFileRoutes([styleSheet]));
  routes.get('/', (c) => seeOther(c, '/admin'));
  routes.get('/admin/', (c) => seeOther(c, '/admin'));
  routes.all('*', (c) =>
    c.html(troublePage(frameOf(c), { title: 'Page not found', text: 'There is no such page.' }), 404),
  );
  return routes;
}

function troubleOf({ name, code }: Failure): { readonly title: string; readonly text: string } {
  switch (code) {
    case 'unknown-link':
    case 'not-found':
      return {
        title: 'It is not there',
        text: 'There is no such thing, or not any more. Nothing was changed.',
      };
    case 'store-unavailable':
      return { title: 'The database does not answer', text: 'Make the database well; no restart is needed.' };
    default:
      return {
        title: 'That did not work',
        text: `${name} ${code}: see docs/what-happens-when.md. Nothing was changed.`,
      };
  }
}
