/**
 * One request to the upstream and its whole answer, within a hard time limit. What the answer means is for
 * `token-answer.ts` and `refusals.ts`; here we only tell "could not reach" from "answered".
 */

import { FaultError, UpstreamUnavailableError } from '../errors.ts';

/** Sends with a bearer token in place. `request` refreshes that token where PKB says that it has expired. */
export type Send = (url: string, init?: RequestInit) => Promise<Response>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body where it is JSON, whatever its content type says. */
  readonly json: unknown;
}

/** An answer that we read as a whole (a token, a Patient) is small; more than this is not an answer to us. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Failures of the connection that happen before a request is written. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * The limit is for the answer to begin, and then for each next piece of its body: a long answer may take its time, and one
 * that has stopped coming does not keep its reader for ever. How long the reader takes does not count.
 *
 * @param send gets the signal that ends the request.
 * @throws UpstreamUnavailableError `network` or `timeout`; reading the body may throw them too
 */
export async function reach(
  timeoutMs: number,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const stop = new AbortController();
  async function inTime<T>(work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => stop.abort(), timeoutMs);
    try {
      return await work;
    } catch (cause) {
      throw unreachable(cause, stop.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  const response = await inTime(send(stop.signal));
  const source = response.body?.getReader();
  if (!source) return response;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(sink) {
        const { done, value } = await inTime(source.read());
        if (done) sink.close();
        else sink.enqueue(value);
      },
      cancel: (reason) => source.cancel(reason),
    },
    // Nothing is read before somebody wants it: the limit would run for a reader who is in no hurry.
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}

/**
 * As `reach`, and reads the body within the same time limit.
 * @throws UpstreamUnavailableError `network` or `timeout`; FaultError `unexpected-response` for an oversized body
 */
export async function ask(
  timeoutMs: number,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await readAnswer(await send(signal));
  } catch (cause) {
    if (cause instanceof FaultError || cause instanceof UpstreamUnavailableError) throw cause;
    throw unreachable(cause, signal);
  }
}

/** The whole of a response's body. */
export async function readAnswer(response: Response): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      throw new FaultError('unexpected-response', `PKB answered with more than ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: response.status, headers: response.headers, text, json: parseJson(text) };
}

/** Seconds until `Retry-After` (RFC 9110 section 10.2.3), a number of seconds or a date; undefined where absent or odd. */
export function retryAfter(headers: Headers, now: Date): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}

/** The value as an object to look fields up in; anything else has no fields. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function unreachable(cause: unknown, signal: AbortSignal): UpstreamUnavailableError {
  if (signal.aborted) return new UpstreamUnavailableError('timeout', 'PKB did not answer in time', { cause });
  return new UpstreamUnavailableError('network', 'PKB could not be reached', {
    cause,
    notActedOn: NOT_SENT.has(connectionError(cause)),
  });
}

/** undici wraps the system's error: `TypeError: fetch failed`, cause `{ code }`, or an AggregateError of several. */
function connectionError(thrown: unknown): string {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const [inner] = error instanceof AggregateError ? error.errors : [];
    const { code } = fields(error);
    if (typeof code === 'string') return code;
    if (inner instanceof Error) return connectionError(inner);
  }
  return '';
}

/** Undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
