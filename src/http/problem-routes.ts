import { Hono } from 'hono';
import { notFoundPage } from '../pages/not-found.ts';
import { problemPage } from '../pages/problem.ts';
import { FAILURE_ANSWERS, isFailureCode } from './failure-answers.ts';
import { type PageContext, problem } from './page-context.ts';
import { parameter, queryOf } from './parameters.ts';
import { isReference } from './report-failure.ts';

/** The page of each failure, under an address that carries nothing but the failure's code and a reference. */
export function problemRoutes(context: PageContext): Hono {
  const routes = new Hono();

  routes.get('/problem/:code', (c) => {
    const code = c.req.param('code');
    if (!isFailureCode(code)) return c.html(notFoundPage(context.siteOf(c)), 404);
    const reference = parameter(queryOf(c.req.raw), 'reference', 8);
    const answer = FAILURE_ANSWERS[code];
    const site = context.siteOf(c);
    return c.html(
      problemPage(site, problem(site, answer, reference && isReference(reference) ? { reference } : {})),
      answer.status,
    );
  });

  return routes;
}
