/** `docs/signals.md`, the alert rules and the dashboard know the metrics of the one table. `UPDATE_DOCS=yes` writes the first. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { METRICS, type Metric } from '../../src/metrics/table.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

const RULES = 'deploy/prometheus/alerts.yml';
const RULES_TEST = 'deploy/prometheus/alerts.test.yml';
const DASHBOARD = 'deploy/grafana/pkb-link.json';

const alerts = [
  ...read(RULES).matchAll(/- alert: (\w+)[\s\S]*?severity: (\w+)[\s\S]*?summary: (.*)\n *action: (.*)/g),
].map(([, name = '', severity = '', summary = '', action = '']) => ({
  name,
  severity,
  summary: summary.replace(/^(["'])(.*)\1$/, '$2').replaceAll(/\{\{ \$(?:labels\.)?(\w+) \}\}/g, '*$1*'),
  action,
}));

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

const labelled = ({ labels }: Metric) =>
  Object.entries(labels)
    .map(([name, values]) => `\`${name}\`: ${values}`)
    .join('<br>') || 'none';

const document = `# Signals: metrics, alerts, a dashboard, traces

For an operator with Prometheus, or with anything that speaks OpenTelemetry. The tables come from the code and the rules (\`test/metrics/document.test.ts\`; with \`UPDATE_DOCS=yes\` it
writes this file).

\`\`\`sh
PKB_LINK_METRICS_ADDRESS=127.0.0.1:9464 pkb-link serve     # http://127.0.0.1:9464/metrics
\`\`\`

\`\`\`yaml
scrape_configs:
  - job_name: pkb-link          # the rules look for this name
    static_configs: [{ targets: ['127.0.0.1:9464'] }]
rule_files: [deploy/prometheus/alerts.yml]
\`\`\`

**Why a listener of its own, and no key.** A key that reads the API also reads links and demographics: whoever collects metrics should not
hold one. And the API's port may face the world, where the hosted pages are, while metrics tell how many patients there are and when PKB
is away. So they are served only where you say, by default nowhere: give an address that only your Prometheus reaches. There is no TLS and no
key there. No metric holds a person, an account, a public id or a link's id; a label has one of a few values.

## Metrics

${table(
  ['Metric', 'Type', 'What it is', 'Labels'],
  Object.entries(METRICS).map(([name, metric]) => [
    `\`${name}\``,
    metric.type,
    metric.help,
    labelled(metric),
  ]),
)}

Counters begin at 0 with each process, and those with a code once it is met: use \`rate\` and \`increase\`. What is in the database is counted at a scrape, at most every five
seconds; a database that takes longer than three counts as away. \`process_*\` and \`nodejs_*\` are of prom-client, about the process.

## Alerts

[\`${RULES}\`](../${RULES}). \`page\`: somebody should look now. \`ticket\`: this week.
\`promtool test rules ${RULES_TEST}\` shows that each fires on the trouble it is for, and that none does through a
normal day.

${table(
  ['Alert', 'Severity', 'What it says', 'What to do'],
  alerts.map(({ name, severity, summary, action }) => [`\`${name}\``, severity, summary, action]),
)}

## Dashboard

Import [\`${DASHBOARD}\`](../${DASHBOARD}) into Grafana and choose the Prometheus.

## Traces

pkb-link makes spans by \`@opentelemetry/api\`, which does nothing by itself. Load the SDK of your choice before the program, set up for your
collector, and they are there:

\`\`\`sh
NODE_OPTIONS='--import=./your-opentelemetry-setup.js' pkb-link serve
\`\`\`

| Span | Kind | Attributes |
| --- | --- | --- |
| \`GET /v1/links/:app_user_id\` and the like: a request to \`serve\`, by its pattern | server, below the caller's where there is a \`traceparent\` | \`http.request.method\`, \`http.route\`, \`http.response.status_code\` |
| \`POST token\`, \`GET fhir\`, \`GET rest\`: a request to PKB | client | \`http.request.method\`, \`server.address\`, \`pkb_link.endpoint\`, \`http.response.status_code\` |

What is logged meanwhile is an event of the span, with the same fields. An app that embeds pkb-link has the client spans below its own. PKB is sent
\`traceparent\` and \`tracestate\`, and no \`baggage\`. No span of ours holds an account, a record, an address or a token; those of an automatic
instrumentation of \`http\` or \`fetch\` hold the whole address, and with it both: leave it off for this process.
`;

describe('docs/signals.md', () => {
  it('says what the tables say', () => {
    const file = new URL('docs/signals.md', root);
    if (process.env.UPDATE_DOCS === 'yes') writeFileSync(file, document);
    assert.equal(readFileSync(file, 'utf8'), document);
  });

  it('knows every rule', () => {
    assert.equal(alerts.length, read(RULES).match(/- alert:/g)?.length);
  });
});

describe('the rules and the dashboard', () => {
  for (const path of [RULES, RULES_TEST, DASHBOARD]) {
    it(`${path} uses no metric, and no label of ours, that is not in the table`, () => {
      const text = read(path).replaceAll('\\"', '"');
      const used = [...text.matchAll(/\b(pkb_link_\w+?)(?:_bucket|_count|_sum)?\b(?:\{([^}]*)\})?/g)];
      assert.ok(used.length > 0);
      for (const [, name = '', selector = ''] of used) {
        const metric: Metric | undefined = Object.entries(METRICS).find(([known]) => known === name)?.[1];
        assert.ok(metric, `${name} is in the table`);
        const known = [...Object.keys(metric.labels), 'job', 'instance', 'le'];
        const labels = [...selector.matchAll(/(\w+)(?:=|!)/g)].map(([, label = '']) => label);
        assert.deepEqual(
          labels.filter((label) => !known.includes(label)),
          [],
          name,
        );
      }
    });
  }

  it('plants trouble for each rule', () => {
    const planted = [...read(RULES_TEST).matchAll(/alertname="(\w+)"/g)].map(([, name]) => name);
    assert.deepEqual(planted.sort(), alerts.map(({ name }) => name).sort());
  });
});
