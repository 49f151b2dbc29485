import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { type Problem, problemPage } from '../pages/problem.ts';
import type { Site } from '../pages/site.ts';
import type { BrowserSessionCookie } from './browser-session.ts';
import { FAILURE_ANSWERS, type FailureAnswer, type NextStep } from './failure-answers.ts';
import type { PatientPagesOptions } from './page-options.ts';
import { retryAfter } from './problem-json.ts';
import { type ReportedFailure, reportFailure } from './report-failure.ts';

/** What every page route works with. */
export interface PageContext {
  readonly app: App;
  readonly options: PatientPagesOptions;
  readonly site: Site;
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

/** Logs whatever was thrown and answers with its page. */
export function failurePage(
  c: Context,
  context: PageContext,
  thrown: unknown,
  status?: ContentfulStatusCode,
): Response | Promise<Response> {
  const reported = reportFailure(context.app, thrown);
  const answer = FAILURE_ANSWERS[reported.failure.code];
  for (const [name, value] of Object.entries(retryAfter(reported))) c.header(name, value);
  return c.html(problemPage(context.site, problem(context, answer, reported)), status ?? answer.status);
}

/** The part of a problem page that the table and the partner's brand decide. */
export function problem(
  { site, options }: PageContext,
  answer: FailureAnswer,
  { failure, reference }: Partial<ReportedFailure>,
): Problem {
  const { basePath, brand } = site;
  const links: Record<NextStep, Pick<Problem['next'], 'label' | 'href'>> = {
    start: { label: 'Start again', href: `${basePath}/start` },
    reauthorize: { label: 'Connect again', href: `${basePath}/start` },
    connection: { label: 'Go to your connection', href: basePath },
    later: { label: 'Try again', href: basePath },
    support:
      brand.supportUrl === undefined
        ? { label: `Go to ${brand.appName}`, href: options.homePath }
        : { label: 'Get help', href: brand.supportUrl },
  };
  const field = failure instanceof InvalidRequestError ? failure.field : undefined;
  return {
    title: answer.title,
    happened: answer.happened,
    kept: answer.kept,
    next: { advice: answer.advice, ...links[answer.next] },
    ...(answer.next === 'support' && { contact: brand.supportContact }),
    ...(field !== undefined && { field }),
    ...(reference !== undefined && { reference }),
  };
}
