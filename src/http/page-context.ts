import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { type Problem, problemPage } from '../pages/problem.ts';
import type { Site } from '../pages/site.ts';
import type { BrowserSessionCookie } from './browser-session.ts';
import type { Asking, Entrance } from './entrance.ts';
import { FAILURE_ANSWERS, type FailureAnswer, type NextStep } from './failure-answers.ts';
import type { PageOptions } from './page-options.ts';
import { retryAfter } from './problem-json.ts';
import { type ReportedFailure, reportFailure } from './report-failure.ts';

/** What every page route works with. */
export interface PageContext {
  readonly app: App;
  readonly options: PageOptions;
  readonly entrance: Entrance;
  /** How this request's page is framed. */
  readonly siteOf: (c: Context) => Site;
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
  return c.html(
    problemPage(context.siteOf(c), problem(context.siteOf(c), answer, reported)),
    status ?? answer.status,
  );
}

/** The part of a problem page that the table and the partner's brand decide. */
export function problem(
  { basePath, brand, homePath }: Site,
  answer: FailureAnswer,
  { failure, reference }: Partial<ReportedFailure>,
): Problem {
  const app = { label: `Go to ${brand.appName}`, href: homePath };
  const links: Record<NextStep, Pick<Problem['next'], 'label' | 'href'>> = {
    start: { label: 'Start again', href: `${basePath}/start` },
    reauthorize: { label: 'Connect again', href: `${basePath}/start` },
    connection: { label: 'Go to your connection', href: basePath },
    app,
    later: { label: 'Try again', href: basePath },
    support: brand.supportUrl === undefined ? app : { label: 'Get help', href: brand.supportUrl },
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
