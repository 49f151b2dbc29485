import { Hono } from 'hono';
import { notFoundPage } from '../../pages/not-found.ts';
import { problemPage } from '../../pages/problem.ts';
import { FAILURE_ANSWERS, isFailureCode } from '../failure-answers.ts';
import { parameter, queryOf } from '../parameters.ts';
import { isReference } from '../report-failure.ts';
import { type PageContext, problemAddress } from './page-context.ts';

/** The page of each failure, under an address that carries nothing but the failure's code and a reference. */
export function problemRoutes(context: PageContext): Hono {
  const { siteOf } = context;
  const routes = new Hono();

  routes.get('/problem/:code', (c) => {
    const code = c.req.param('code');
    if (!isFailureCode(code)) return c.html(notFoundPage(siteOf(c)), 404);
    const sent = parameter(queryOf(c.req.raw), 'reference', 8);
    const reference = sent !== undefined && isReference(sent) ? sent : undefined;
    const { status, text, next } = FAILURE_ANSWERS[code];
    const site = siteOf(c, problemAddress(context, code, reference));
    return c.html(problemPage(site, { text, next, ...(reference !== undefined && { reference }) }), status);
  });

  return routes;
}
