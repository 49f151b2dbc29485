import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { App } from '../../app.ts';
import { type FailureCode, InvalidRequestError } from '../../errors.ts';
import { problemPage } from '../../pages/problem.ts';
import type { Site } from '../../pages/site.ts';
import { FAILURE_ANSWERS } from '../failure-answers.ts';
import { retryAfter } from '../problem-json.ts';
import { reportFailure } from '../report-failure.ts';
import { TurnedAway } from '../turned-away.ts';
import type { BrowserSessionCookie } from './browser-session.ts';
import type { Asking, Entrance } from './entrance.ts';
import type { PageOptions } from './page-options.ts';

/** What every page route works with. */
export interface PageContext {
  readonly app: App;
  readonly options: PageOptions;
  readonly entrance: Entrance;
  /** The public origin. */
  readonly origin: string;
  /** How this request's page is framed. @param address what the language switch leads to, where it is not this request's */
  readonly siteOf: (c: Context, address?: string) => Site;
  readonly cookie: BrowserSessionCookie;
}

/** A handler that only runs for somebody who is vouched for; everybody else is a stranger who wanted `then`. */
export function forAccount(
  context: PageContext,
  then: string,
  handle: (c: Context, appUserId: string) => Promise<Response>,
): (c: Context) => Promise<Response> {
  return async (c) => {
    const appUserId = await context.entrance.account(c);
    return appUserId === undefined ? context.entrance.stranger(c, then) : handle(c, appUserId);
  };
}

/** A handler that only runs for whoever may ask for a grant. */
export function forAsking(
  context: PageContext,
  handle: (c: Context, asking: Asking) => Promise<Response>,
): (c: Context) => Promise<Response> {
  return async (c) => {
    const asking = await context.entrance.asking(c);
    return asking === undefined ? context.entrance.stranger(c, '/start') : handle(c, asking);
  };
}

/** The address of a failure's own page. */
export function problemAddress({ options }: PageContext, code: FailureCode, reference?: string): string {
  const address = `${options.basePath}/problem/${code}`;
  return reference === undefined ? address : `${address}?reference=${reference}`;
}

/** The page of a request that was not taken on, from which the same can be asked again. */
function busyPage(c: Context, context: PageContext, away: TurnedAway): Response | Promise<Response> {
  for (const [name, value] of Object.entries(away.headers)) c.header(name, value);
  const { pathname, search } = new URL(c.req.url);
  const reload = c.req.method === 'GET' ? { reload: pathname + search } : {};
  return c.html(
    problemPage(context.siteOf(c), { text: 'serviceBusy', next: 'later', ...reload }),
    away.status,
  );
}

/** Logs whatever was thrown and answers with its page. */
export function failurePage(
  c: Context,
  context: PageContext,
  thrown: unknown,
  status?: ContentfulStatusCode,
): Response | Promise<Response> {
  if (thrown instanceof TurnedAway) return busyPage(c, context, thrown);
  const reported = reportFailure(c, context.app, thrown);
  const { failure, reference } = reported;
  const answer = FAILURE_ANSWERS[failure.code];
  for (const [name, value] of Object.entries(retryAfter(reported))) c.header(name, value);
  const field = failure instanceof InvalidRequestError ? failure.field : undefined;
  // A form cannot be read again in another language; the failure's own page can.
  const site =
    c.req.method === 'GET'
      ? context.siteOf(c)
      : context.siteOf(c, problemAddress(context, failure.code, reference));
  const { text, next } = answer;
  return c.html(
    problemPage(site, { text, next, reference, ...(field !== undefined && { field }) }),
    status ?? answer.status,
  );
}
