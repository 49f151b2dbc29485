/** What an operator loads with `--import`: an OpenTelemetry SDK, whose spans go to the file that SPANS names, one a line. */

import { appendFileSync } from 'node:fs';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  ExportResultCode,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { BasicTracerProvider, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

/** A span as it is written. */
export interface Written {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: number;
  readonly events: readonly { readonly name: string; readonly attributes?: object }[];
}

function write(spans: readonly ReadableSpan[]): void {
  for (const span of spans) {
    const { traceId, spanId } = span.spanContext();
    const written: Written = {
      name: span.name,
      kind: span.kind,
      traceId,
      spanId,
      ...(span.parentSpanContext && { parentSpanId: span.parentSpanContext.spanId }),
      attributes: span.attributes,
      status: span.status.code,
      events: span.events.map(({ name, attributes }) => ({ name, ...(attributes && { attributes }) })),
    };
    appendFileSync(process.env.SPANS ?? '', `${JSON.stringify(written)}\n`);
  }
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
);
trace.setGlobalTracerProvider(
  new BasicTracerProvider({
    spanProcessors: [
      new SimpleSpanProcessor({
        export(spans, done) {
          write(spans);
          done({ code: ExportResultCode.SUCCESS });
        },
        async shutdown() {},
      }),
    ],
  }),
);
