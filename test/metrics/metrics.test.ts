import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Context } from 'hono';
import { observe } from '../../src/cli/observe.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { patient } from '../../src/flow/patient.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { api } from '../../src/http/api/api.ts';
import { reportFailure } from '../../src/http/report-failure.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { METRICS } from '../../src/metrics/table.ts';
import { deliver } from '../../src/outward/deliver.ts';
import type { Store } from '../../src/storage/store.ts';
import { createWebhook } from '../../src/webhook/http.ts';
import { addLink } from '../cli/command-line.ts';
import { APP_USER_ID, answerAtPkb, BROWSER, linked, personNamed, story } from '../flow/story.ts';
import { SECRET, startReceiver } from '../webhook/receiver.ts';

/** `name{label="value"}` -> value, of what is ours. */
function samples(text: string): ReadonlyMap<string, number> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line.startsWith('pkb_link_'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

async function setUp(t: TestContext) {
  const logged: string[] = [];
  const metrics = createMetrics({ log: (event) => logged.push(event), fetch: globalThis.fetch });
  const told = await story(t, { app: { log: metrics.log, fetch: metrics.fetch } });
  metrics.watch(told.app);
  const scraped = async () => (await metrics.scrape()).text();
  return { ...told, logged, metrics, scraped, seen: async () => samples(await scraped()) };
}

const step = (name: string, outcome = 'done') =>
  `pkb_link_authorizations_total{step="${name}",outcome="${outcome}"}`;
const asked = (endpoint: string, status: string) =>
  `pkb_link_upstream_request_duration_seconds_count{endpoint="${endpoint}",status="${status}"}`;

describe('the metrics', () => {
  it('count the way of each patient to a link, and the links there are', async (t) => {
    const told = await setUp(t);
    await linked(told);
    await linked(told, { appUserId: 'account-2', familyName: 'Whitfield' });
    const { url } = await authorize(told.app, { appUserId: 'account-3', browserSession: BROWSER });
    const parameters = await answerAtPkb(url, personNamed(told.simulator, 'Okafor'), 'deny');
    await assert.rejects(callback(told.app, { parameters, browserSession: BROWSER }), (thrown) => {
      reportFailure(new Context(new Request('http://localhost/')), told.app, thrown);
      return true;
    });
    const seen = await told.seen();
    assert.deepEqual(
      ['asked', 'answered', 'exchanged', 'identified', 'confirmed'].map((name) => seen.get(step(name))),
      [3, 2, 2, 2, 2],
    );
    assert.equal(seen.get(step('answered', 'denied')), 1);
    assert.equal(seen.get(step('refused', 'access-denied')), 1);
    assert.equal(seen.get('pkb_link_failures_total{class="AuthorizationError",code="access-denied"}'), 1);
    assert.equal(seen.get('pkb_link_links{state="active",health="fresh"}'), 2);
    assert.equal(seen.get('pkb_link_database_up'), 1);
    assert.equal(seen.get(asked('token', '2xx')), 2);
    assert.equal(seen.get(asked('fhir', '2xx')), 2);
    assert.ok(told.logged.includes('link.active'), 'what is counted is logged all the same');
  });

  it('count refreshes by what came of them, and raise and end the alarm', async (t) => {
    const told = await setUp(t);
    await linked(told);
    told.advance(1801);
    told.simulator.next('token', { status: 401, body: { error: 'invalid_client' } });
    await assert.rejects(refresh(told.app, { appUserId: APP_USER_ID }), { code: 'invalid-client' });
    const during = await told.seen();
    assert.equal(during.get('pkb_link_refreshes_total{outcome="invalid-client"}'), 1);
    assert.equal(during.get('pkb_link_alarm{code="invalid-client"}'), 1);
    assert.equal(during.get(asked('token', '4xx')), 1);
    told.advance(1801);
    await refresh(told.app, { appUserId: APP_USER_ID });
    const after = await told.seen();
    assert.equal(after.get('pkb_link_refreshes_total{outcome="saved"}'), 1);
    assert.equal(after.get('pkb_link_alarm{code="invalid-client"}'), 0);
  });

  it('time what PKB never answered, too', async (t) => {
    const told = await setUp(t);
    await linked(told);
    await told.simulator.close();
    await assert.rejects(patient(told.app, { appUserId: APP_USER_ID }), { code: 'network' });
    assert.ok(Number((await told.seen()).get(asked('fhir', 'none'))) > 0);
  });

  it('name the pattern that a request matched, never what somebody sent', async (t) => {
    const told = await setUp(t);
    const routes = api(told.app, { apiKey: 'x'.repeat(32), observe: observe(told.metrics) });
    for (const [method, path] of [
      ['GET', '/healthz'],
      ['HEAD', '/v1/links/ada-canary'],
      ['DELETE', '/v1/links/ada-canary'],
      ['GET', '/v1/links/ada-canary/fhir/Patient/canary?name=canary'],
      ['GET', '/canary'],
      ['CANARY', '/v1/canary/%F0%FFcanary'],
    ] as const) {
      await routes.request(path, { method });
    }
    const text = await told.scraped();
    assert.doesNotMatch(text, /canary/i);
    const requests = [...samples(text)].filter(([name]) => name.startsWith('pkb_link_http_requests_total'));
    assert.deepEqual(Object.fromEntries(requests), {
      'pkb_link_http_requests_total{route="/healthz",status="2xx"}': 1,
      'pkb_link_http_requests_total{route="/v1/links/:app_user_id",status="4xx"}': 2,
      'pkb_link_http_requests_total{route="/v1/links/:app_user_id/fhir/*",status="4xx"}': 1,
      'pkb_link_http_requests_total{route="/*",status="4xx"}': 1,
      'pkb_link_http_requests_total{route="/v1/*",status="4xx"}': 1,
    });
  });

  it('count webhooks by what came of the attempt', async (t) => {
    const { metrics, another, seen } = await setUp(t);
    const app = await another({ log: metrics.log, now: () => new Date() });
    metrics.watch(app);
    const receiver = await startReceiver();
    const webhook = metrics.webhook(
      createWebhook({ url: receiver.url, secrets: [SECRET], privateAddresses: true }),
    );
    await addLink(app.store, 'ada');
    await app.store.queueWebhooks();
    const { id: linkId } = (await app.store.findLink('ada')) ?? { id: '' };
    for (const reason of ['never', 'at once']) {
      await app.store.addEvent({ linkId, by: 'service', type: 'link.suspended', at: app.now(), reason });
    }
    receiver.answers(({ data }) => ({ status: data.reason === 'never' ? 500 : 204 }));
    const stop = new AbortController();
    const ended = deliver(app, { webhook, signal: stop.signal, retries: [1] });
    await receiver.until((all) => all.length === 3);
    stop.abort();
    await ended;
    webhook.close();
    await receiver.close();
    const found = await seen();
    for (const outcome of ['accepted', 'failed', 'dead']) {
      assert.equal(found.get(`pkb_link_webhooks_total{outcome="${outcome}"}`), 1, outcome);
    }
    assert.equal(found.get('pkb_link_webhook_dead_letters'), 1);
  });

  it('say that the database is away, and nothing of what is in it', async (t) => {
    const { app, metrics, seen } = await setUp(t);
    const counts: Store['counts'] = () => Promise.reject(new Error('away'));
    metrics.watch({ ...app, store: { ...app.store, counts } });
    const found = await seen();
    assert.equal(found.get('pkb_link_database_up'), 0);
    assert.equal(found.get('pkb_link_spool_entries'), 0, 'the disk is still looked at');
    assert.deepEqual(
      [...found.keys()].filter((name) => /pkb_link_(links|webhook_dead_letters)/.test(name)),
      [],
    );
  });

  it('count the database once, however many scrape at the same time', async (t) => {
    const { app, metrics } = await setUp(t);
    let counted = 0;
    const counts: Store['counts'] = () => {
      counted += 1;
      return app.store.counts();
    };
    metrics.watch({ ...app, store: { ...app.store, counts } });
    await Promise.all([metrics.scrape(), metrics.scrape(), metrics.scrape()]);
    assert.equal(counted, 1);
  });

  it('hold no person, no account and no id, and no label that is not in the table', async (t) => {
    const told = await setUp(t);
    const link = await linked(told);
    const record = personNamed(told.simulator, 'Okafor');
    const text = await told.scraped();
    for (const secret of [link.id, link.appUserId, link.publicId, record.familyName, BROWSER]) {
      assert.ok(!text.includes(secret), secret);
    }
    for (const [sample] of samples(text)) {
      const [, name = '', labels = ''] = /^(\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})?$/.exec(sample) ?? [];
      const metric = Object.entries(METRICS).find(([known]) => known === name);
      assert.ok(metric, `${name} is in the table`);
      const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
      const known = [...Object.keys(metric[1].labels), ...(metric[1].type === 'histogram' ? ['le'] : [])];
      assert.deepEqual(
        names.filter((label) => !known.includes(label)),
        [],
      );
    }
  });

  it('tell the console of this process’s refreshes, and how PKB answered, endpoint by endpoint', async (t) => {
    const told = await setUp(t);
    assert.deepEqual((await told.metrics.figures()).upstream, []);
    await linked(told);
    told.advance(3600);
    await refresh(told.app, { appUserId: APP_USER_ID });
    told.advance(3600);
    told.simulator.next('token', { status: 503 });
    await assert.rejects(refresh(told.app, { appUserId: APP_USER_ID }));
    const { alarms, refreshes, upstream } = await told.metrics.figures();
    // The story's clock is not that of the machine, by which the simulator dates its answers.
    assert.deepEqual(alarms, ['clock-skew']);
    assert.deepEqual(refreshes, [
      { outcome: 'saved', count: 1 },
      { outcome: 'server-error', count: 1 },
    ]);
    const seen = Object.fromEntries(
      upstream.map(({ endpoint, requests, failed, refused }) => [endpoint, [requests, failed, refused]]),
    );
    assert.deepEqual(seen, { fhir: [1, 0, 0], token: [3, 1, 0] });
    for (const { meanSeconds, within95Seconds } of upstream) {
      assert.ok(meanSeconds > 0 && meanSeconds < 15);
      // A bucket's bound, and so above what there was.
      assert.ok(within95Seconds !== undefined && within95Seconds <= 30);
    }
  });
});
