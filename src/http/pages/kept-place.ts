import type { Context } from 'hono';
import { FaultError, UpstreamUnavailableError } from '../../errors.ts';
import { problemPage } from '../../pages/problem.ts';
import { FAILURE_ANSWERS } from '../failure-answers.ts';
import { retryAfter } from '../problem-json.ts';
import { reportFailure } from '../report-failure.ts';
import type { PageContext } from './page-context.ts';

/** True where PKB is away or talks nonsense, or we fail: none takes anything away, so the same step can be tried again. */
export function mayPass(thrown: unknown): boolean {
  return thrown instanceof UpstreamUnavailableError || thrown instanceof FaultError;
}

/** Logs the failure and answers with the page that keeps the patient's place. `again`: the address of the step. */
export async function keptPlace(
  c: Context,
  { app, siteOf }: PageContext,
  thrown: unknown,
  again: string,
): Promise<Response> {
  const reported = reportFailure(c, app, thrown);
  const { failure, reference } = reported;
  const { status, text } = FAILURE_ANSWERS[failure.code];
  return c.html(
    problemPage(siteOf(c), { text, next: 'later', again, reference }),
    status,
    retryAfter(reported),
  );
}
