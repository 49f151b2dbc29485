/**
 * Spans for whoever traces: the operator loads an OpenTelemetry SDK before the program, and nothing here does anything
 * without one. A span holds patterns, codes and references of ours; never an address that names an account or a record.
 */

import {
  type Attributes,
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api';

type Fetch = typeof globalThis.fetch;
type Log = (event: string, fields?: Readonly<Record<string, string | number | boolean>>) => void;

/** W3C Trace Context. */
const TRACE_CONTEXT = ['traceparent', 'tracestate'];

/** Reads what is asked for: without an SDK that is nothing, for every request to `serve`. */
const FROM_HEADERS: TextMapGetter<Request> = {
  get: ({ headers }, name) => headers.get(name) ?? undefined,
  keys: ({ headers }) => [...headers.keys()],
};

interface Kind {
  readonly kind: SpanKind;
  /** Statuses from there on are an error of whoever is asked (OpenTelemetry's HTTP conventions). */
  readonly wrongFrom: number;
}

const CLIENT: Kind = { kind: SpanKind.CLIENT, wrongFrom: 400 };
const SERVER: Kind = { kind: SpanKind.SERVER, wrongFrom: 500 };

const tracer = trace.getTracer('pkb-link');

/**
 * `fetch` with a client span for each request, which PKB is told of by `traceparent` (W3C Trace Context).
 * @param endpointOf what the span is called after, as in the metrics: `token`, `fhir`, `rest`
 */
export function tracedFetch(fetch: Fetch, endpointOf: (url: string) => string): Fetch {
  return (input, init) => {
    const request = input instanceof Request ? input : undefined;
    const url = request?.url ?? String(input);
    const method = init?.method ?? request?.method ?? 'GET';
    const endpoint = endpointOf(url);
    const attributes = {
      'http.request.method': method,
      'server.address': URL.parse(url)?.hostname ?? '',
      'pkb_link.endpoint': endpoint,
    };
    return spanned({ name: `${method} ${endpoint}`, ...CLIENT, attributes }, context.active(), async () => {
      const told: Record<string, string> = {};
      propagation.inject(context.active(), told);
      if (told.traceparent === undefined) return fetch(input, init);
      const headers = new Headers(init?.headers ?? request?.headers);
      // Not the rest of what is propagated: baggage is the partner's own, and may name a person.
      for (const name of TRACE_CONTEXT) if (told[name]) headers.set(name, told[name]);
      return fetch(input, { ...init, headers });
    });
  };
}

/** A server span for one request to `serve`, below the caller's own where `traceparent` names it. @param route the pattern it matched */
export function tracedAnswer(
  request: Request,
  route: string,
  answer: () => Promise<Response>,
): Promise<Response> {
  const attributes = { 'http.request.method': request.method, 'http.route': route };
  const caller = propagation.extract(context.active(), request, FROM_HEADERS);
  return spanned({ name: `${request.method} ${route}`, ...SERVER, attributes }, caller, answer);
}

/** `log`, and each line is an event of the span in which it is written. */
export function tracedLog(log: Log): Log {
  return (event, fields) => {
    trace.getActiveSpan()?.addEvent(event, fields);
    log(event, fields);
  };
}

/** No more than the work where nobody traces. */
function spanned(
  of: Kind & { readonly name: string; readonly attributes: Attributes },
  parent: Context,
  work: () => Promise<Response>,
): Promise<Response> {
  const span = tracer.startSpan(of.name, { kind: of.kind, attributes: of.attributes }, parent);
  if (span.spanContext() === INVALID_SPAN_CONTEXT) return work();
  return within(span, of, () => context.with(trace.setSpan(parent, span), work));
}

async function within(span: Span, { wrongFrom }: Kind, work: () => Promise<Response>): Promise<Response> {
  try {
    const response = await work();
    span.setAttribute('http.response.status_code', response.status);
    if (response.status >= wrongFrom) wrong(span, String(response.status));
    return response;
  } catch (thrown) {
    // Its message may quote an address.
    wrong(span, thrown instanceof Error ? thrown.name : typeof thrown);
    throw thrown;
  } finally {
    span.end();
  }
}

function wrong(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}
