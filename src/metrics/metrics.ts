/**
 * What the operator's monitoring reads: counted where it is logged, timed where it is fetched, and read from the store when
 * it is asked for. A label is a code, a state or a pattern of ours; never an account, a record or what somebody sent.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { App, Log } from '../app.ts';
import { calledEndpoint } from '../provider/called-endpoint.ts';
import type { ProviderSettings } from '../provider/provider.ts';
import type { Store } from '../storage/store.ts';
import type { Webhook } from '../webhook/webhook.ts';
import { type Figures, figuresOf } from './figures.ts';
import { METRICS, type MetricName } from './table.ts';

export interface Metrics {
  /** `log`, counted. */
  readonly log: Log;
  /** `fetch`, timed. For PKB's endpoints only. */
  readonly fetch: typeof globalThis.fetch;
  /** Whose PKB and whose store it is about. What was fetched before then counts as `other`. */
  watch(app: Pick<App, 'store' | 'provider'>): void;
  webhook(webhook: Webhook): Webhook;
  /** @param route the pattern that the request matched */
  answered(route: string, response: Response): void;
  /** What the console shows of them. */
  figures(): Promise<Figures>;
  /** The answer to a scrape, in Prometheus' text format. */
  scrape(): Promise<Response>;
}

interface Parts {
  readonly log: Log;
  readonly fetch: typeof globalThis.fetch;
}

/** How long the store is not counted again, in milliseconds; and how long a scrape waits for it. */
const [COUNTED_FOR_MS, WAIT_MS] = [5_000, 3_000];

/** In seconds; PKB_TIMEOUT_MS is 15 unless set. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30];

export function createMetrics({ log, fetch }: Parts): Metrics {
  const since = new Date();
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = (name: MetricName) => new Counter({ ...described(name), registers: [registry] });
  const gauge = (name: MetricName) => new Gauge({ ...described(name), registers: [registry] });

  const links = gauge('pkb_link_links');
  const databaseUp = gauge('pkb_link_database_up');
  const spoolEntries = gauge('pkb_link_spool_entries');
  const deadLetters = gauge('pkb_link_webhook_dead_letters');
  const alarm = gauge('pkb_link_alarm');
  const refreshes = counter('pkb_link_refreshes_total');
  const authorizations = counter('pkb_link_authorizations_total');
  const failures = counter('pkb_link_failures_total');
  const webhooks = counter('pkb_link_webhooks_total');
  /** By route and status: told to the registry when it is asked, as that costs more than all else of counting an answer. */
  const answers = new Map<string, Map<number, number>>();
  new Counter({
    ...described('pkb_link_http_requests_total'),
    registers: [registry],
    collect() {
      this.reset();
      for (const [route, counts] of answers) {
        for (const [status, count] of counts) this.inc({ route, status: statusClass(status) }, count);
      }
    },
  });
  const upstream = new Histogram({
    ...described('pkb_link_upstream_request_duration_seconds'),
    buckets: BUCKETS,
    registers: [registry],
  });

  const step = (name: string, outcome = 'done') => authorizations.inc({ step: name, outcome });
  /** By the event's name. The fields that become labels are codes of ours: of no other field there is a label. */
  const counted: Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => void>> = {
    'link_session.arranged': ({ page }) => page === 'link' && step('started'),
    'authorization.asked': () => step('asked'),
    'authorization.answered': ({ granted }) => step('answered', granted === true ? 'done' : 'denied'),
    'authorization.exchanged': () => step('exchanged'),
    'link.identified': () => step('identified'),
    'link.active': () => step('confirmed'),
    'refresh.saved': () => refreshes.inc({ outcome: 'saved' }),
    'refresh.failed': ({ code }) => refreshes.inc({ outcome: String(code) }),
    'webhook.failed': () => webhooks.inc({ outcome: 'failed' }),
    'webhook.dead': () => webhooks.inc({ outcome: 'dead' }),
    'alarm.raised': ({ code }) => alarm.set({ code: String(code) }, 1),
    'alarm.over': ({ code }) => alarm.set({ code: String(code) }, 0),
    failure({ class: name, code }) {
      failures.inc({ class: String(name), code: String(code) });
      if (name === 'AuthorizationError' || name === 'IdentityConflictError') step('refused', String(code));
    },
  };

  // Of a counter that appears with its first event Prometheus sees no increase.
  for (const name of ['started', 'asked', 'answered', 'exchanged', 'identified', 'confirmed']) {
    authorizations.inc({ step: name, outcome: 'done' }, 0);
  }
  for (const outcome of ['accepted', 'failed', 'dead']) webhooks.inc({ outcome }, 0);
  refreshes.inc({ outcome: 'saved' }, 0);

  let settings: ProviderSettings | undefined;
  let store: Store | undefined;
  let counting: Promise<void> | undefined;

  /** One count at a time, however many scrape, and none right after another. */
  function countStore(): Promise<void> {
    counting ??= readStore().finally(() => {
      setTimeout(() => {
        counting = undefined;
      }, COUNTED_FOR_MS).unref();
    });
    return counting;
  }

  async function readStore(): Promise<void> {
    try {
      const seen = await store?.counts();
      if (!seen) return;
      links.reset();
      for (const { state, health, links: count } of seen.links) links.set({ state, health }, count);
      deadLetters.set(seen.deadLetters);
      databaseUp.set(1);
    } catch {
      away();
    }
  }

  function away(): void {
    databaseUp.set(0);
    links.reset();
    deadLetters.remove();
  }

  return {
    log(event, fields = {}) {
      counted[event]?.(fields);
      log(event, fields);
    },

    async fetch(input, init) {
      const ended = upstream.startTimer({ endpoint: calledEndpoint(urlOf(input), settings) });
      try {
        const response = await fetch(input, init);
        ended({ status: statusClass(response.status) });
        return response;
      } catch (thrown) {
        ended({ status: 'none' });
        throw thrown;
      }
    },

    watch(app) {
      settings = app.provider.settings;
      store = app.store;
    },

    webhook: (webhook) => ({
      ...webhook,
      async send(event) {
        const delivered = await webhook.send(event);
        if (delivered.accepted) webhooks.inc({ outcome: 'accepted' });
        return delivered;
      },
    }),

    answered(route, response) {
      const counts = answers.get(route) ?? new Map<number, number>();
      answers.set(route, counts);
      counts.set(response.status, (counts.get(response.status) ?? 0) + 1);
    },

    figures: () => figuresOf(since, { alarm, refreshes, upstream }),

    async scrape() {
      const inTime = countStore().then(() => true);
      if (!(await Promise.race([inTime, delay(WAIT_MS, false, { ref: false })]))) away();
      // Beside the count: it is while the database is away that the spool fills.
      const spooled = await store?.spooled().catch(() => undefined);
      if (spooled === undefined) spoolEntries.remove();
      else spoolEntries.set(spooled);
      return new Response(await registry.metrics(), { headers: { 'Content-Type': registry.contentType } });
    },
  };
}

function described(name: MetricName) {
  const { help, labels } = METRICS[name];
  return { name, help, labelNames: Object.keys(labels) };
}

function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}

function urlOf(input: Parameters<typeof fetch>[0]): string {
  return input instanceof Request ? input.url : String(input);
}
