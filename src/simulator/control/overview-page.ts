/** `/`: where the simulator is, what time it is there, its profile and its mail. */

import { html } from 'hono/html';
import { profiles } from '../profiles.ts';
import type { Controls } from './operation.ts';
import { controlPage, oneClick, timeOf } from './page.ts';

const steps = [
  ['a minute', 60_000],
  ['half an hour', 1_800_000],
  ['a day', 86_400_000],
  ['thirty days', 2_592_000_000],
] as const;

export function overviewPage({ world }: Controls): Response {
  const { origin, directory, state, seed } = world;
  const now = new Date(world.now()).toISOString();
  return controlPage(
    'Control',
    html`
      <h1>Control the simulator</h1>
      <p>The simulator is at <a href="${origin}/">${origin}</a>. What this page shows of tokens and passwords is secret
        nowhere: everybody here is invented. The same can be done by JSON: <a href="/api/openapi.json">OpenAPI document</a>.</p>
      <dl>
        <dt>People</dt><dd>${directory.size}, worked out from the seed <code>${seed}</code></dd>
        <dt>API sessions so far</dt><dd>${state.sessions.size}</dd>
        <dt>Time at the simulator</dt><dd>${timeOf(now)} UTC</dd>
      </dl>
      <h2>Let time go by</h2>
      <div class="answers">${steps.map(([label, ms]) =>
        oneClick({
          operation: 'advanceClock',
          path: '/clock/advance',
          label: `Advance ${label}`,
          fields: { ms: String(ms) },
          back: '/',
        }),
      )}</div>
      <h2>Profile</h2>
      <ul class="people">${Object.entries(profiles).map(
        ([name, { what }]) =>
          html`<li>${oneClick({
            operation: 'setProfile',
            path: '/profile',
            label: `Behave as ${name}`,
            fields: { profile: name },
            back: '/toggles',
          })}<p>${what}.</p></li>`,
      )}</ul>
      <h2>Mail</h2>
      <p>E-mails to people are in the <a href="${origin}/inbox">inbox of the simulator</a>: ${state.mail.length} so far.</p>`,
  );
}
