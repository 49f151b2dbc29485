import type { z } from 'zod';
import type { Problem } from '../http/api/answer-shapes.ts';

export type ProblemJson = Partial<Extract<z.output<typeof Problem>, { code: unknown }>>;

/** The service refused, or could not do it now: its problem+json (RFC 9457; every `code` is in docs/errors.md). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** The HTTP status. */
  readonly status: number;
  /** Who must act, and how: absent where the request itself is none, as with a wrong API key. */
  readonly code: ProblemJson['code'];
  /** The parameter at fault, where there is one. */
  readonly field: string | undefined;
  /** What the service's log has this under. */
  readonly reference: string | undefined;
  /** Where the patient's browser may be sent, to be told in plain words. */
  readonly nextUrl: string | undefined;
  /** In seconds: not before then. */
  readonly retryAfter: number | undefined;

  constructor(response: Response, problem: ProblemJson) {
    super(problem.detail ?? problem.title ?? `pkb-link answered ${response.status}`);
    const after = response.headers.get('retry-after');
    this.status = response.status;
    this.code = problem.code;
    this.field = problem.field;
    this.reference = problem.reference;
    this.nextUrl = problem.next_url;
    this.retryAfter = after === null ? undefined : Number(after);
  }
}
