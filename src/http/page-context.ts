import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { App } from '../app.ts';
import { type FailureCode, InvalidRequestError } from '../errors.ts';
import { problemPage } from '../pages/problem.ts';
import type { Site } from '../pages/site.ts';
import type { BrowserSessionCookie } from './browser-session.ts';
import { FAILURE_ANSWERS } from './failure-answers.ts';
import type { PatientPagesOptions } from './page-options.ts';
import { retryAfter } from './problem-json.ts';
import { reportFailure } from './report-failure.ts';

/** What every page route works with. */
export interface PageContext {
  readonly app: App;
  readonly options: PatientPagesOptions;
  /** The public origin. */
  readonly origin: string;
  /** How this request's page is framed. @param address what the language switch leads to, where it is not this request's */
  readonly siteOf: (c: Context, address?: string) => Site;
  readonly cookie: BrowserSessionCookie;
}

/** To another page, by GET. `303`, so that a form is never sent again by a reload (RFC 9110 section 15.4.4). */
export function seeOther(c: Context, address: string): Response {
  return c.redirect(address, 303);
}

/** To the partner's sign-in, and from there to `then`, a path under `basePath`. */
export function signInFirst(c: Context, { options }: PageContext, then: string): Response {
  const separator = options.signInPath.includes('?') ? '&' : '?';
  return seeOther(c, `${options.signInPath}${separator}then=${encodeURIComponent(options.basePath + then)}`);
}

/** A handler that only runs for somebody who is signed in; everybody else signs in and goes to `then`. */
export function forAccount(
  context: PageContext,
  then: string,
  handle: (c: Context, appUserId: string) => Promise<Response>,
): (c: Context) => Promise<Response> {
  return async (c) => {
    const appUserId = await context.options.account(c.req.raw);
    return appUserId === undefined ? signInFirst(c, context, then) : handle(c, appUserId);
  };
}

/** The address of a failure's own page. */
export function problemAddress({ options }: PageContext, code: FailureCode, reference?: string): string {
  const address = `${options.basePath}/problem/${code}`;
  return reference === undefined ? address : `${address}?reference=${reference}`;
}

/** Logs whatever was thrown and answers with its page. */
export function failurePage(
  c: Context,
  context: PageContext,
  thrown: unknown,
  status?: ContentfulStatusCode,
): Response | Promise<Response> {
  const reported = reportFailure(context.app, thrown);
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
