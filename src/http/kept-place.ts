import type { Context } from 'hono';
import { FaultError, UpstreamUnavailableError } from '../errors.ts';
import { type KeptPlace, keepPlacePage } from '../pages/keep-place.ts';
import type { PageContext } from './page-context.ts';
import { retryAfter } from './problem-json.ts';
import { reportFailure } from './report-failure.ts';

/** True where PKB is away or talks nonsense: neither takes anything away, so the same step can be tried again. */
export function mayPass(thrown: unknown): boolean {
  return thrown instanceof UpstreamUnavailableError || thrown instanceof FaultError;
}

/** Logs the failure and answers with the page that keeps the patient's place. */
export async function keptPlace(
  c: Context,
  { app, siteOf }: PageContext,
  thrown: unknown,
  retry: KeptPlace['retry'],
): Promise<Response> {
  const reported = reportFailure(app, thrown);
  const page = keepPlacePage(siteOf(c), { retry, reference: reported.reference });
  return c.html(page, 503, retryAfter(reported));
}
