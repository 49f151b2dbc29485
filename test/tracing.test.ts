import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { API_KEY, folder, start, storedStory } from './cli/command-line.ts';
import { APP_USER_ID, linked } from './flow/story.ts';
import type { Written } from './tracing-sdk.ts';

const SDK = fileURLToPath(new URL('tracing-sdk.ts', import.meta.url));
const [TRACE, CALLER] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

describe('traces', () => {
  it('go from the caller through serve to PKB, and name nobody', async (t) => {
    // Linked so long ago that the token is refreshed first.
    const told = await storedStory(t, { app: { now: () => new Date(Date.now() - 7_200_000) } });
    const { publicId } = await linked(told);
    const file = join(await folder(t), 'spans');
    const { url } = await start(t, ['serve'], { ...told.env, NODE_OPTIONS: `--import=${SDK}`, SPANS: file });
    const answer = await fetch(`${url}/v1/links/${APP_USER_ID}/fhir/Patient/${publicId}`, {
      headers: {
        authorization: `Bearer ${API_KEY}`,
        traceparent: `00-${TRACE}-${CALLER}-01`,
        baggage: 'patient=ada',
      },
    });
    assert.equal(answer.status, 200);
    await answer.text();

    const text = readFileSync(file, 'utf8');
    const spans = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Written)
      .filter(({ traceId }) => traceId === TRACE);
    const served = spans.find(({ kind }) => kind === 1);
    assert.ok(served);
    assert.deepEqual(
      [served.name, served.parentSpanId, served.attributes],
      [
        'GET /v1/links/:app_user_id/fhir/*',
        CALLER,
        {
          'http.request.method': 'GET',
          'http.route': '/v1/links/:app_user_id/fhir/*',
          'http.response.status_code': 200,
        },
      ],
    );
    const [token, fhir] = spans.filter(({ kind }) => kind === 2);
    assert.deepEqual([token?.name, fhir?.name], ['POST token', 'GET fhir']);
    for (const asked of [token, fhir]) assert.equal(asked?.parentSpanId, served.spanId);
    assert.ok(served.events.some(({ name }) => name === 'refresh.saved'));

    const seen = told.simulator.received('patient').at(-1)?.headers;
    assert.equal(seen?.traceparent, `00-${TRACE}-${fhir?.spanId}-01`);
    assert.equal(seen?.baggage, undefined);
    for (const person of [APP_USER_ID, publicId]) assert.ok(!text.includes(person), person);
  });
});
