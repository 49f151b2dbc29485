import { STATUS_CODES } from 'node:http';
import { type FailureCode, InvalidRequestError, UpstreamUnavailableError } from '../errors.ts';
import { TEXTS } from '../pages/texts.ts';
import { FAILURE_ANSWERS } from './failure-answers.ts';
import type { ReportedFailure } from './report-failure.ts';
import type { TurnedAway } from './turned-away.ts';

/** A failure as `application/problem+json` (RFC 9457). `type` names the kind of problem; it is no address to visit. */
export interface ProblemJson {
  readonly type: `urn:pkb-link:problem:${FailureCode}`;
  readonly title: string;
  readonly status: number;
  readonly code: FailureCode;
  /** The parameter at fault, where there is one. */
  readonly field?: string;
  readonly reference: string;
}

/**
 * The whole answer to a call of somebody who has the key: they run the partner's app, and are told what the log is not.
 * @param nextUrl where the patient's browser may be sent, to be told in plain words
 */
export function problemForCaller(reported: ReportedFailure, nextUrl?: string): Response {
  const body = {
    ...problemJson(reported),
    detail: reported.failure.message,
    ...(nextUrl !== undefined && { next_url: nextUrl }),
  };
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Pkb-Link-Failure': body.code,
      ...retryAfter(reported),
    },
  });
}

export function problemJson({ failure, reference }: ReportedFailure): ProblemJson {
  const { code } = failure;
  const { text, status } = FAILURE_ANSWERS[code];
  const field = failure instanceof InvalidRequestError ? failure.field : undefined;
  return {
    type: `urn:pkb-link:problem:${code}`,
    title: TEXTS.en.failures[text].title,
    status,
    code,
    ...(field !== undefined && { field }),
    reference,
  };
}

/** PKB's own wish to be left alone for a while (RFC 9110 section 10.2.3), handed on. */
export function retryAfter({ failure }: ReportedFailure): Record<string, string> {
  const seconds = failure instanceof UpstreamUnavailableError ? failure.retryAfter : undefined;
  return seconds === undefined ? {} : { 'Retry-After': String(Math.ceil(seconds)) };
}

/** The answer to a call that was not taken on. */
export function turnedAway({ status, message, headers }: TurnedAway): Response {
  return problem(status, message, headers);
}

/** What is wrong with a request before any verb is called (RFC 9457: without a `type` the status says it all). */
export function problem(status: number, detail: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ title: STATUS_CODES[status], status, detail }), {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Pkb-Link-Failure': 'bad-request', ...headers },
  });
}
