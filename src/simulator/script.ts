/** What a test asks of the simulator: answer the next request like this, and what was asked so far. */

import { setTimeout } from 'node:timers/promises';
import { dropConnection, formMediaType, type Handler, mediaType, type WireContext } from './wire.ts';

/**
 * `grant` is the log-in page and the grant page being sent in; `records` is every other FHIR resource than Patient; the
 * others are what their names say.
 */
export const endpoints = [
  'authorize',
  'grant',
  'token',
  'revoke',
  'metadata',
  'purview',
  'patient',
  'records',
  'users-self',
  'measurements',
  'registration',
] as const;

export type Endpoint = (typeof endpoints)[number];

export interface ScriptedAnswer {
  /** Default 200, or the real answer's where `act` is `before`. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: string | object;
  /** Held back for that long, after acting where it acts. Alone, it is the real answer that comes late. */
  readonly delayMs?: number;
  /** `before`: do what was asked, then answer as scripted, the rest as it really is. Default `instead`: do nothing. */
  readonly act?: 'before' | 'instead';
  /** Break the connection instead of answering. */
  readonly drop?: 'before-acting' | 'after-acting';
  /** How many requests are answered so. Default 1. */
  readonly times?: number | 'always';
}

/** Values by name; a list where a name came more than once. */
export type ReceivedParameters = Readonly<Record<string, string | readonly string[]>>;

export interface ReceivedRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** As it came, without the query. */
  readonly path: string;
  readonly query: ReceivedParameters;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parameters where it is a form, the text otherwise. */
  readonly body: string | ReceivedParameters;
  /** Epoch milliseconds by the simulator's clock. */
  readonly at: number;
}

/** How many requests are remembered, at least: a benchmark would fill the memory with them. */
const REMEMBERED = 20_000;

export interface Script {
  next(endpoint: Endpoint, answer: ScriptedAnswer): void;
  /** What waits for the endpoint, in order. */
  scripted(endpoint: Endpoint): readonly ScriptedAnswer[];
  /** Forgets what waits, for one endpoint or for all. */
  clear(endpoint?: Endpoint): void;
  received(endpoint?: Endpoint): readonly ReceivedRequest[];
  /** Forgets what was received. */
  forget(): void;
  /** The handler, obeying the script and noting what it receives. */
  at(endpoint: Endpoint, handler: Handler): Handler;
}

export function createScript(now: () => number): Script {
  const scripted = new Map<Endpoint, ScriptedAnswer[]>();
  let received: ReceivedRequest[] = [];

  function take(endpoint: Endpoint): ScriptedAnswer | undefined {
    const [first, ...rest] = scripted.get(endpoint) ?? [];
    if (!first || first.times === 'always') return first;
    const left = (first.times ?? 1) - 1;
    scripted.set(endpoint, left > 0 ? [{ ...first, times: left }, ...rest] : rest);
    return first;
  }

  function remember(request: ReceivedRequest): void {
    if (received.length >= 2 * REMEMBERED) received = received.slice(-REMEMBERED);
    received.push(request);
  }

  return {
    next(endpoint, answer) {
      scripted.set(endpoint, [...(scripted.get(endpoint) ?? []), answer]);
    },
    scripted: (endpoint) => scripted.get(endpoint) ?? [],
    clear(endpoint) {
      if (endpoint === undefined) scripted.clear();
      else scripted.delete(endpoint);
    },
    received: (endpoint) =>
      received.filter((request) => endpoint === undefined || request.endpoint === endpoint),
    forget() {
      received = [];
    },
    at: (endpoint, handler) => async (c) => {
      remember(await read(c, endpoint, now()));
      const answer = take(endpoint);
      return answer ? perform(c, answer, handler) : handler(c);
    },
  };
}

async function perform(c: WireContext, answer: ScriptedAnswer, handler: Handler): Promise<Response> {
  const { status, headers, body, drop } = answer;
  const onlyLate = status === undefined && headers === undefined && body === undefined && drop === undefined;
  const acts = drop === 'after-acting' || (drop === undefined && (answer.act === 'before' || onlyLate));
  const real = acts ? await handler(c) : undefined;
  if (answer.delayMs) await setTimeout(answer.delayMs, undefined, { ref: false });
  if (drop) return dropConnection(c);
  if (onlyLate && real) return real;

  const answered = new Headers(real?.headers);
  if (body !== undefined) {
    answered.set('content-type', typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json');
  }
  for (const [name, value] of Object.entries(headers ?? {})) answered.set(name, value);
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? (await real?.text()));
  return new Response(text ?? null, { status: status ?? real?.status ?? 200, headers: answered });
}

async function read(c: WireContext, endpoint: Endpoint, at: number): Promise<ReceivedRequest> {
  const url = new URL(c.req.url);
  const text = await c.req.text();
  return {
    endpoint,
    method: c.req.method,
    path: url.pathname,
    query: byName(url.searchParams),
    headers: c.req.header(),
    body: mediaType(c) === formMediaType ? byName(new URLSearchParams(text)) : text,
    at,
  };
}

function byName(parameters: URLSearchParams): ReceivedParameters {
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const [first = '', ...more] = parameters.getAll(name);
      return [name, more.length === 0 ? first : [first, ...more]];
    }),
  );
}
