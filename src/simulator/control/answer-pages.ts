/** `/answers`: how the next requests are answered. `/requests`: what was asked. */

import { html } from 'hono/html';
import { table } from '../layout.ts';
import { endpoints } from '../script.ts';
import type { Controls } from './operation.ts';
import { controlPage, oneClick, timeOf } from './page.ts';
import { readyAnswers } from './ready-answers.ts';

/** The newest; the API has the rest. */
const SHOWN = 50;

export function answersPage({ script }: Controls): Response {
  const waiting = endpoints.flatMap((endpoint) =>
    script.scripted(endpoint).map((answer) => [endpoint, JSON.stringify(answer)] as const),
  );
  return controlPage(
    'Next answers',
    html`
      <h1>Next answers</h1>
      <p>Choose how the next request to an endpoint is answered. Any other answer can be given by the API.</p>
      <form method="post" action="/add-answer">
        <label for="endpoint">Endpoint</label>
        <select id="endpoint" name="endpoint">${endpoints.map((endpoint) => html`<option ${endpoint === 'token' ? html`selected` : ''}>${endpoint}</option>`)}</select>
        <label for="answer">Answer</label>
        <select id="answer" name="answer">${readyAnswers.map(({ name }) => html`<option>${name}</option>`)}</select>
        <label for="times">How many times, or "always"</label>
        <input id="times" name="times" value="1">
        <div><button>Answer like this</button></div>
      </form>
      <h2>Waiting</h2>
      ${
        waiting.length === 0
          ? html`<p>Every endpoint answers as it really does.</p>`
          : table(
              'Answers that wait',
              'In order',
              ['Endpoint', 'Answer', 'Do'],
              waiting.map(([endpoint, answer]) => [
                endpoint,
                html`<code>${answer}</code>`,
                oneClick({
                  operation: 'clearAnswers',
                  path: `/answers/${endpoint}`,
                  label: `Forget those of ${endpoint}`,
                  back: '/answers',
                }),
              ]),
            )
      }`,
  );
}

export function requestsPage({ script }: Controls): Response {
  const all = script.received();
  const rows = all
    .slice(-SHOWN)
    .toReversed()
    .map(({ at, endpoint, method, path, query, headers, body }) => [
      timeOf(new Date(at).toISOString()),
      endpoint,
      html`<code>${method} ${path}</code>`,
      html`<details><summary>Parameters and headers</summary><pre tabindex="0">${JSON.stringify({ query, body, headers }, null, 1)}</pre></details>`,
    ]);
  return controlPage(
    'Requests',
    html`
      <h1>Requests</h1>
      <p>What was asked, with everything that is secret in it: everybody here is invented.</p>
      ${oneClick({ operation: 'forgetRequests', path: '/requests', label: 'Forget them', back: '/requests' })}
      ${
        rows.length === 0
          ? html`<p>Nothing was asked yet.</p>`
          : table(
              'Requests',
              `The newest first, ${rows.length} of ${all.length}`,
              ['At', 'Endpoint', 'Request', 'With'],
              rows,
            )
      }`,
  );
}
