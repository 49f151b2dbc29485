import type { Counter, Histogram } from 'prom-client';

/** What one process has seen of PKB since it began. */
export interface Figures {
  readonly since: Date;
  /** `saved`, or a failure's code, with how many refreshes came to that. */
  readonly refreshes: readonly { readonly outcome: string; readonly count: number }[];
  readonly upstream: readonly UpstreamFigures[];
}

export interface UpstreamFigures {
  /** `token`, `fhir`, `rest` or `other`. */
  readonly endpoint: string;
  readonly requests: number;
  /** Answered with 5xx, or not at all. */
  readonly failed: number;
  /** Answered with 4xx: most of them are PKB's refusals, and of no patient's making. */
  readonly refused: number;
  readonly meanSeconds: number;
  /** 95 of 100 requests took no longer: the bound of a bucket. Absent where they took longer than any. */
  readonly within95Seconds?: number;
}

/** Reads what was counted. */
export async function figuresOf(since: Date, refreshes: Counter, upstream: Histogram): Promise<Figures> {
  const outcomes = (await refreshes.get()).values.map(({ labels, value }) => ({
    outcome: String(labels.outcome),
    count: value,
  }));
  const samples = (await upstream.get()).values.map(({ labels, value, metricName = '' }) => ({
    endpoint: String(labels.endpoint),
    status: String(labels.status),
    le: labels.le,
    kind: metricName.slice(metricName.lastIndexOf('_') + 1),
    value,
  }));
  const endpoints = [...new Set(samples.map(({ endpoint }) => endpoint))].sort();
  return {
    since,
    refreshes: outcomes,
    upstream: endpoints.map((endpoint) => {
      const own = samples.filter((sample) => sample.endpoint === endpoint);
      const total = (which: (sample: (typeof own)[number]) => boolean) =>
        own.filter(which).reduce((sum, { value }) => sum + value, 0);
      const counts = (...statuses: string[]) =>
        total(({ kind, status }) => kind === 'count' && statuses.includes(status));
      const requests = total(({ kind }) => kind === 'count');
      const bounds = [...new Set(own.map(({ le }) => Number(le)).filter(Number.isFinite))].sort(
        (a, b) => a - b,
      );
      const within95 = bounds.find(
        (bound) => total(({ kind, le }) => kind === 'bucket' && Number(le) === bound) >= 0.95 * requests,
      );
      return {
        endpoint,
        requests,
        failed: counts('5xx', 'none'),
        refused: counts('4xx'),
        meanSeconds: total(({ kind }) => kind === 'sum') / requests,
        ...(within95 !== undefined && { within95Seconds: within95 }),
      };
    }),
  };
}
