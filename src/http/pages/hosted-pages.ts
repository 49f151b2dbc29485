import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { App } from '../../app.ts';
import { ConfigurationError } from '../../errors.ts';
import { completionAddress } from '../../flow/return-address.ts';
import { arrive } from '../../hosted/arrive.ts';
import { vouch } from '../../hosted/vouch.ts';
import type { LinkSession } from '../../model.ts';
import { inEach } from '../../pages/brand.ts';
import type { Brand } from '../../pages/site.ts';
import type { Limits } from '../limits.ts';
import { parameter, queryOf } from '../parameters.ts';
import { seeOther } from '../see-other.ts';
import {
  browserSession,
  browserSessionCookie,
  newBrowserSession,
  setBrowserSession,
} from './browser-session.ts';
import { hostedEntrance, knowLinkSession } from './hosted-entrance.ts';
import { isInAppBrowser, openElsewhere } from './in-app-browser.ts';
import { finishPath } from './linking-routes.ts';
import { readOwnTexts } from './own-texts.ts';
import type { PageContext } from './page-context.ts';
import { checkedOptions, type PageOptions } from './page-options.ts';
import { pages } from './pages.ts';
import { dropVouched, setVouched } from './vouched-cookie.ts';

export interface HostedPagesOptions {
  readonly brand: Brand;
  /** The partner app's front page: a whole address, or one of a mobile app's own scheme. */
  readonly homeUrl: string;
  /** A file with the partner's own words, as `readOwnTexts` takes it. */
  readonly texts?: string;
  /** Whose pages these are, where the service has several tenants: a browser may be on the way with two of them. */
  readonly tenant?: string;
  readonly limits?: Limits;
  /** Around every request. */
  readonly observe?: MiddlewareHandler;
}

export interface HostedPages {
  readonly routes: Hono;
  /** True for a request that is the pages' to answer. */
  readonly covers: (request: Request) => boolean;
  /** Where the pages are: the redirect URI without `/callback`. */
  readonly url: string;
}

/** What the service answers besides the pages. */
const TAKEN = /^\/(v1|healthz|readyz|metrics|docs|openapi\.json)(\/|$)/;

/**
 * The pages, hosted for partners whose apps cannot embed them: every patient comes by a link session.
 * @throws ConfigurationError `bad-configuration` where an option cannot work, at once
 */
export function hostedPages(
  app: App,
  { brand, homeUrl, texts, tenant, limits, observe }: HostedPagesOptions,
): HostedPages {
  const redirectUri = URL.parse(app.provider.settings.redirectUri);
  const basePath = redirectUri?.pathname.replace(/\/callback$/, '') ?? '';
  if (basePath === '' || TAKEN.test(basePath)) {
    throw bad('PKB_REDIRECT_URI', 'must have a path of the pages before /callback, such as /pkb/callback');
  }
  const whole = app.returnAddresses.filter((address) => !address.startsWith('/'));
  if (whole.length === 0) {
    throw bad(
      'PKB_LINK_RETURN_ADDRESSES',
      'needs a whole address (https://...): the pages are not on your origin',
    );
  }
  for (const name of ['supportUrl', 'privacyUrl'] as const) {
    if (inEach(brand[name] ?? '').some((address) => address.startsWith('/')))
      throw bad(SETTINGS[`brand.${name}`] ?? name, 'must be a whole address');
  }
  const options = { basePath, brand, ...(texts !== undefined && { texts: readOwnTexts(texts) }) };
  const origin = checked(app, options);
  const cookie = browserSessionCookie(origin.startsWith('https:'), tenant);
  const routes = pages({
    app,
    options,
    entrance: hostedEntrance(app, { basePath, homeUrl, cookie }),
    cookie,
    confirmTargets: whole.map(formTarget),
    before: [
      ...(observe ? [observe] : []),
      ...(limits ? [limited(limits, basePath)] : []),
      knowLinkSession(app, cookie),
    ],
    more: sessionRoutes,
  });
  return {
    routes,
    covers: ({ url }) => `${new URL(url).pathname}/`.startsWith(`${basePath}/`),
    url: origin + basePath,
  };
}

/** Who has not begun waits before who is on the way: a patient who comes back from PKB is let through as long as anybody. */
function limited(limits: Limits, basePath: string): MiddlewareHandler {
  const beginnings = /^\/(start|session\/[^/]*)$/;
  // The page that says so needs them too.
  const files = ['/style.css', '/logo'];
  return (c, next) => {
    const page = c.req.path.slice(basePath.length);
    if (files.includes(page)) return next();
    limits.address(c);
    limits.take(c, beginnings.test(page) ? 'new' : 'begun');
    return limits.around(c, next);
  };
}

/** The two addresses by which a browser comes to a link session. Both lead at once to one without a secret. */
function sessionRoutes(context: PageContext): Hono {
  const { app, cookie } = context;
  const { basePath } = context.options;
  const routes = new Hono();

  function secondsLeft({ expiresAt }: LinkSession): number {
    return Math.ceil((expiresAt.getTime() - app.now().getTime()) / 1000);
  }

  function keep(c: Context, secret: string, session: LinkSession): void {
    setBrowserSession(c, cookie, secret, secondsLeft(session));
  }

  routes.get('/session/:secret', async (c) => {
    const userAgent = c.req.header('User-Agent') ?? '';
    const anyway = parameter(queryOf(c.req.raw), 'anyway', 3) !== undefined;
    if (isInAppBrowser(userAgent) && !anyway) {
      // The address as it came: in another browser it works as well, and this one has not arrived.
      return openElsewhere(c, context, `${basePath}/session/${encodeURIComponent(c.req.param('secret'))}`);
    }
    const secret = browserSession(c, cookie) ?? newBrowserSession();
    const session = await arrive(app, { secret: c.req.param('secret'), browserSession: secret });
    keep(c, secret, session);
    dropVouched(c, cookie);
    if (session.page === 'connection') {
      return seeOther(c, await completionAddress(app, { linkSessionId: session.id }));
    }
    const { language } = session;
    const start = new URLSearchParams({ ...(anyway && { anyway: 'yes' }), ...(language && { language }) });
    return seeOther(c, `${basePath}/start?${start}`.replace(/\?$/, ''));
  });

  routes.get('/session/:id/vouched/:vouching', async (c) => {
    const secret = browserSession(c, cookie);
    const { id, vouching } = c.req.param();
    const session = await vouch(app, { linkSessionId: id, vouching, browserSession: secret });
    if (secret !== undefined) keep(c, secret, session);
    setVouched(c, cookie, { linkSessionId: id, vouching }, secondsLeft(session));
    if (session.page === 'connection') return seeOther(c, basePath);
    const authorization = await app.store.findPendingAuthorization({ linkSessionId: session.id });
    return seeOther(c, basePath + (authorization ? finishPath(authorization.id) : ''));
  });

  return routes;
}

/** The brand's settings by the names that the operator knows. */
const SETTINGS: Readonly<Record<string, string>> = {
  'brand.appName': 'PKB_LINK_APP_NAME',
  'brand.organisation': 'PKB_LINK_ORGANISATION',
  'brand.supportContact': 'PKB_LINK_SUPPORT_CONTACT',
  'brand.supportUrl': 'PKB_LINK_SUPPORT_URL',
  'brand.privacyUrl': 'PKB_LINK_PRIVACY_URL',
  'brand.accentColour': 'PKB_LINK_ACCENT_COLOUR',
  'brand.logo': 'PKB_LINK_LOGO',
};

function checked(app: App, options: PageOptions): string {
  try {
    return checkedOptions(app, options).origin;
  } catch (thrown) {
    const setting = thrown instanceof ConfigurationError ? SETTINGS[thrown.setting ?? ''] : undefined;
    if (setting === undefined) throw thrown;
    throw bad(setting, (thrown as ConfigurationError).message);
  }
}

/** What a Content-Security-Policy calls an address: its origin, or the scheme of an app's own. */
function formTarget(address: string): string {
  const { origin, protocol } = new URL(address);
  return origin === 'null' ? protocol : origin;
}

function bad(setting: string, trouble: string): ConfigurationError {
  return new ConfigurationError('bad-configuration', trouble, { setting });
}
