/** `/sessions` and `/sessions/{id}`: API sessions, and the tokens of one. */

import { html } from 'hono/html';
import { type Html, table } from '../layout.ts';
import { fullName } from '../people/person.ts';
import type { Controls } from './operation.ts';
import { controlPage, errorPage, oneClick, timeOf } from './page.ts';
import { sessionView, tokensOf } from './session-view.ts';

/** The newest; the API has the rest. */
const SHOWN = 100;

export function sessionsPage(controls: Controls): Response {
  return controlPage(
    'API sessions',
    html`<h1>API sessions</h1>${sessionsTable(controls, undefined, '/sessions')}`,
  );
}

export function sessionsTable({ world }: Controls, publicId: string | undefined, back: string): Html {
  const all = world.state.sessions
    .values()
    .map((session) => sessionView(world, session))
    .filter((session) => publicId === undefined || session.publicId === publicId)
    .toArray()
    .toReversed();
  if (all.length === 0) return html`<p>There is no API session.</p>`;
  const rows = all.slice(0, SHOWN).map((session) => {
    const person = world.directory.byPublicId(session.publicId);
    return [
      html`<a href="/sessions/${session.id}">${session.id.slice(0, 8)}</a>`,
      person ? html`<a href="/people/${session.publicId}">${fullName(person)}</a>` : 'nobody',
      session.clientId,
      timeOf(session.startedAt),
      session.endsAt === null ? 'never' : timeOf(session.endsAt),
      session.state,
      session.state === 'live'
        ? oneClick({
            operation: 'endSession',
            path: `/sessions/${session.id}/end`,
            label: 'End this session',
            fields: { how: 'invalid' },
            back,
          })
        : '',
    ];
  });
  return table(
    'API sessions',
    `The newest first, ${rows.length} of ${all.length}`,
    ['Session', 'Person', 'Client', 'Started', 'Ends', 'State', 'Do'],
    rows,
  );
}

export function sessionPage({ world }: Controls, id: string): Response {
  const session = world.state.sessions.get(id);
  if (!session) return errorPage(404, `There is no API session ${id}.`);
  const { access, refresh } = tokensOf(world, session);
  const works = (yes: boolean) => (yes ? 'works' : 'does not work');
  return controlPage(
    'API session',
    html`
      <h1>API session ${id.slice(0, 8)}</h1>
      <p>${sessionView(world, session).state}</p>
      ${table(
        'Access tokens',
        'Access tokens',
        ['Token', 'Expires', 'Now'],
        access.map((token) => [
          html`<code>${token.token}</code>`,
          timeOf(token.expiresAt),
          works(token.works),
        ]),
      )}
      ${table(
        'Refresh tokens',
        'Refresh tokens',
        ['Token', 'Used', 'Now'],
        refresh.map((token) => [
          html`<code>${token.token}</code>`,
          token.usedAt ?? 'not yet',
          works(token.works),
        ]),
      )}`,
  );
}
