/** `/people` and `/people/{publicId}`: who there is, and what can be done to each with one click. */

import { html } from 'hono/html';
import { table } from '../layout.ts';
import { longDate } from '../oauth/pages.ts';
import { fullName, type Person } from '../people/person.ts';
import { invitationFor, joinPath } from '../registration/invitation.ts';
import { findPeople } from './find-people.ts';
import type { Controls } from './operation.ts';
import { controlPage, errorPage, oneClick } from './page.ts';
import { sessionsTable } from './session-pages.ts';

const PAGE = 50;

export function peoplePage({ world }: Controls, query: Readonly<Record<string, string>>): Response {
  const search = query.search ?? '';
  const from = Math.max(0, Math.floor(Number(query.from)) || 0);
  const { total, people } = findPeople(world.directory, { search, from, count: PAGE });
  const next = search === '' && from + PAGE < total;
  return controlPage(
    'People',
    html`
      <h1>People</h1>
      <form>
        <label for="search">Public id, user id, e-mail address, NHS number, or a part of a named person's name</label>
        <input id="search" name="search" value="${search}">
        <div><button>Find</button></div>
      </form>
      <p>${people.length === 0 ? 'Nobody is found.' : `${from + 1} to ${from + people.length} of ${total}.`}</p>
      ${table('People found', 'Who is found', ['Name', 'Born', 'E-mail address', 'Status', 'Case'], people.map(row))}
      ${next ? html`<p><a href="/people?from=${from + PAGE}">The next ${PAGE}</a></p>` : ''}`,
  );
}

function row(person: Person) {
  return [
    html`<a href="/people/${person.publicId}">${fullName(person)}</a>`,
    longDate(person.birthDate),
    person.email || 'none',
    person.status,
    html`<span class="case">${person.note}</span>`,
  ];
}

export function personPage(controls: Controls, publicId: string): Response {
  const { world } = controls;
  const person = world.directory.byPublicId(publicId);
  if (!person) return errorPage(404, `Nobody has the public id ${publicId}.`);
  const back = `/people/${publicId}`;
  const at = (operation: string, what: string, label: string, fields = {}) =>
    oneClick({ operation, path: `${back}/${what}`, label, fields, back });
  const status = (to: string, label: string) => at('setStatus', 'status', label, { status: to });
  const invitation = invitationFor(world, person);
  return controlPage(
    fullName(person),
    html`
      <h1>${fullName(person)}</h1>
      <p>${person.note}</p>
      <dl>
        <dt>Public id</dt><dd><code>${publicId}</code></dd>
        <dt>User id</dt><dd><code>${person.userId}</code></dd>
        <dt>Born</dt><dd>${longDate(person.birthDate)}</dd>
        <dt>Status</dt><dd>${person.status}</dd>
        <dt>Log-in</dt><dd>${
          person.email === ''
            ? 'none'
            : html`${person.email} with <code>${person.password}</code>${person.emailConfirmed ? '' : ', not confirmed'}`
        }</dd>
        <dt>Numbers</dt><dd>${person.nationalIds.map(({ name, value }) => `${name} ${value}`).join(', ') || 'none'}</dd>
        ${
          invitation
            ? html`<dt>Invitation</dt><dd><a href="${world.origin}${joinPath(invitation, '')}">${invitation.invitationCode} and ${invitation.accessCode}</a></dd>`
            : ''
        }
      </dl>
      <h2>Grants</h2>
      <div class="answers">
        ${at('endSessions', 'end-sessions', 'End the API sessions as invalid', { how: 'invalid' })}
        ${at('endSessions', 'end-sessions', 'End the API sessions as expired', { how: 'expired' })}
        ${at('revoke', 'revoke', 'Revoke silently')}
      </div>
      ${sessionsTable(controls, publicId, back)}
      <h2>Record</h2>
      <div class="answers">
        ${status('frozen', 'Freeze')} ${status('active', 'Make active')} ${status('deregistered', 'De-register')}
        ${status('deceased', 'Let die')} ${status('deleted', 'Delete')}
      </div>
      ${withField('changePublicId', `${back}/public-id`, 'to', 'New public id', 'Change the public id', '/people')}
      ${withField('merge', `${back}/merge`, 'into', 'Public id of the record to merge into', 'Merge', back)}
      ${withField('changeCredentials', `${back}/credentials`, 'password', 'New password', 'Change the password', back)}
      ${withField('changeCredentials', `${back}/credentials`, 'email', 'New e-mail address', 'Change the address', back)}`,
  );
}

function withField(
  operation: string,
  path: string,
  name: string,
  label: string,
  button: string,
  back: string,
) {
  return html`<form method="post" action="/do/${operation}${path}">
    <input type="hidden" name="back" value="${back}">
    <label for="${operation}-${name}">${label}</label>
    <input id="${operation}-${name}" name="${name}" required autocomplete="off">
    <div><button class="second">${button}</button></div>
  </form>`;
}
