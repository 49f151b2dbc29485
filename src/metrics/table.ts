/** Every metric there is, but for what prom-client says of the process by itself. `docs/signals.md` is made from it. */

export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** By name, with the values that it may have. */
  readonly labels: Readonly<Record<string, string>>;
}

const CODES = "a failure's code (docs/what-happens-when.md)";

export const METRICS = {
  pkb_link_links: {
    type: 'gauge',
    help: 'Links in the database. Every process on one database says the same: take the max and not the sum',
    labels: {
      state: 'proposed, active, suspended, reauthorization_required, unlinked',
      health: 'fresh, refreshing, unsure, ended',
    },
  },
  pkb_link_database_up: {
    type: 'gauge',
    help: '1 where the database answered when it was counted last. While it is 0, what is counted in the database is absent',
    labels: {},
  },
  pkb_link_spool_entries: {
    type: 'gauge',
    help: "Refreshed tokens that wait on this machine's disk, or in memory, for the database",
    labels: {},
  },
  pkb_link_refreshes_total: {
    type: 'counter',
    help: 'Refreshes that came back from PKB, or did not',
    labels: { outcome: `saved, or ${CODES}` },
  },
  pkb_link_authorizations_total: {
    type: 'counter',
    help: 'How far patients came on their way to a link',
    labels: {
      step: 'started (a link session was made), asked (sent to PKB), answered (came back), exchanged, identified, confirmed, refused',
      outcome: `done; of refused: ${CODES}, once each time it was shown; of answered: done or denied`,
    },
  },
  pkb_link_upstream_request_duration_seconds: {
    type: 'histogram',
    help: 'Time until PKB began to answer, in seconds',
    labels: { endpoint: 'token, fhir, rest, other', status: '2xx, 3xx, 4xx, 5xx, none (no answer)' },
  },
  pkb_link_alarm: {
    type: 'gauge',
    help: '1 from alarm.raised to alarm.over, as this process sees it: what keeps all links from being refreshed',
    labels: { code: 'the code of the alarm (docs/operating.md, Logs)' },
  },
  pkb_link_failures_total: {
    type: 'counter',
    help: 'Failures that a caller or a patient was told of',
    labels: { class: 'who must act: the names of the failures', code: CODES },
  },
  pkb_link_webhooks_total: {
    type: 'counter',
    help: 'Attempts to send an event to the receiver',
    labels: { outcome: 'accepted, failed (comes again), dead (was the last attempt)' },
  },
  pkb_link_webhook_dead_letters: {
    type: 'gauge',
    help: 'Events that the receiver never accepted. Take the max, as of links',
    labels: {},
  },
  pkb_link_http_requests_total: {
    type: 'counter',
    help: 'Requests answered by the API and the hosted pages',
    labels: { route: 'the pattern of the path, never the path', status: '2xx, 3xx, 4xx, 5xx' },
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;
