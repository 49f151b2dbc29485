/**
 * Spans for whoever traces: the operator loads an OpenTelemetry SDK before the program, and nothing here does anything
 * without one. A span holds patterns, codes and references of ours; never an address that names an account or a record.
 */

import {
  type Attributes,
  context,
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
const FROM_HEADERS: TextMapGetter<Headers> = {
  get: (headers, name) => headers.get(name) ?? undefined,
  keys: (headers) => [...headers.keys()],
};

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
    return spanned(`${method} ${endpoint}`, SpanKind.CLIENT, attributes, async (span) => {
      const told: Record<string, string> = {};
      propagation.inject(context.active(), told);
      if (told.traceparent === undefined) return answered(span, await fetch(input, init), 400);
      const headers = new Headers(init?.headers ?? request?.headers);
      // Not the rest of what is propagated: baggage is the partner's own, and may name a person.
      for (const name of TRACE_CONTEXT) if (told[name]) headers.set(name, told[name]);
      return answered(span, await fetch(input, { ...init, headers }), 400);
    });
  };
}

/** A server span for one request to `serve`, below the caller's own where `traceparent` names it. @param route the pattern it matched */
export function tracedAnswer(
  request: Request,
  route: string,
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  const attributes = { 'http.request.method': request.method, 'http.route': route };
  const caller = propagation.extract(context.active(), request.headers, FROM_HEADERS);
  return context.with(caller, () =>
    spanned(`${request.method} ${route}`, SpanKind.SERVER, attributes, async (span) =>
      answered(span, await answer(), 500),
    ),
  );
}

/** `log`, and each line is an event of the span in which it is written. */
export function tracedLog(log: Log): Log {
  return (event, fields) => {
    trace.getActiveSpan()?.addEvent(event, fields);
    log(event, fields);
  };
}

function spanned<Value>(
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  work: (span: Span) => Promise<Value>,
): Promise<Value> {
  return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work(span);
    } catch (thrown) {
      // Its message may quote an address.
      const type = thrown instanceof Error ? thrown.name : typeof thrown;
      span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
      throw thrown;
    } finally {
      span.end();
    }
  });
}

/** @param wrongFrom statuses that are an error of whoever is asked: 400 for a client's span, 500 for a server's (OpenTelemetry's HTTP conventions) */
function answered(span: Span, response: Response, wrongFrom: 400 | 500): Response {
  span.setAttribute('http.response.status_code', response.status);
  if (response.status >= wrongFrom) {
    span.setAttribute('error.type', String(response.status)).setStatus({ code: SpanStatusCode.ERROR });
  }
  return response;
}
