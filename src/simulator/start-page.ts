/** `/`: what this is and what it can be used for. */

import { html } from 'hono/html';
import { fixedBehaviours } from './behaviours.ts';
import { answerPage, type Html, page, table } from './layout.ts';
import type { Client } from './oauth/clients.ts';
import { longDate } from './oauth/pages.ts';
import { fullName, type Person, simulatorPassword } from './people/person.ts';
import { type Toggles, toggleEntries, whatItSwitches } from './toggles.ts';
import type { World } from './world.ts';

const endpoints = [
  ['GET', '/apiAuthorize.action', 'authorization endpoint'],
  ['POST', '/apiToken.action', 'token endpoint'],
  ['POST', '/api/oauth/token', 'token endpoint, as the host for system clients speaks'],
  ['GET', '/fhir/metadata', 'capability statement'],
  ['GET', '/fhir/OperationDefinition/Consent-t-purview', 'definition of $purview'],
  ['GET or POST', '/fhir/Consent/$purview', 'whose record a token sees'],
  ['GET', '/fhir/Patient/{id}', "the patient's own record"],
  ['GET', '/fhir/Patient?identifier=', 'the same, by NHS number'],
  ['GET', '/fhir/{type}?', 'the rest of the record: see the capability statement'],
  ['GET', '/json/users/self', 'who is logged in'],
  ['GET, POST', '/json/v1/measurements', 'readings that the patient adds'],
  ['GET', '/register', 'the ways to a record, for a person'],
  ['GET', '/inbox', 'e-mails that would have been sent'],
];

export function startPage(world: World): Response {
  const { directory } = world;
  const others = directory.size - directory.named().length;
  const content = html`
    <h1>A stand-in for Patients Know Best</h1>
    <p>This server behaves like the parts of Patients Know Best (PKB) that an app needs to link a patient, so that the
      app can be built and tested without PKB. PKB has nothing to do with it. What it does is marked below as
      documented, observed or assumed: rely on nothing that is assumed.</p>
    <h2 id="endpoints">Endpoints</h2>
    ${table(
      'Endpoints',
      'What this server answers',
      ['Method', 'Address', 'For'],
      endpoints.map(([method = '', path = '', use = '']) => [
        method,
        html`<code>${world.origin}${path}</code>`,
        use,
      ]),
    )}
    <h2 id="people">People</h2>
    <p>Everybody's password is <code>${simulatorPassword}</code>.</p>
    ${table(
      'People',
      'Who has a record',
      ['Name', 'Born', 'E-mail address', 'Status', 'Case'],
      directory.named().map(personRow),
    )}
    ${others === 0 ? '' : html`<p>${others} others are worked out from the seed <code>${world.seed}</code>.</p>`}
    <h2 id="clients">Clients</h2>
    ${
      world.clients.size === 0
        ? html`<p>No client is registered.</p>`
        : table(
            'Clients',
            'Who may ask for a grant',
            [
              'Client id',
              'Owner and product',
              'Redirect addresses',
              'Scopes',
              'Authentication',
              'Access token',
              'API session',
            ],
            [...world.clients.values()].map(clientRow),
          )
    }
    <h2 id="fixed">Behaviour</h2>
    ${table(
      'What cannot be switched',
      'What cannot be switched',
      ['Behaviour', 'Evidence'],
      fixedBehaviours.map(({ what, evidence }) => [what, evidence]),
    )}
    <h2 id="toggles">Toggles</h2>
    ${table(
      'Toggles',
      'What can be switched',
      ['Toggle', 'Behaviour', 'Now', 'Default', 'Evidence for the default'],
      toggleRows(world.toggles),
    )}`;
  return answerPage(200, page('Start', content));
}

type Row = readonly (string | Html)[];

function personRow(person: Person): Row {
  const email = person.email === '' ? 'none' : person.email;
  return [
    fullName(person),
    longDate(person.birthDate),
    person.email !== '' && !person.emailConfirmed ? `${email} (not confirmed)` : email,
    person.status,
    html`<span class="case">${person.note}</span>`,
  ];
}

function clientRow(client: Client): Row {
  return [
    client.clientId,
    `${client.owner}: ${client.product}`,
    client.redirectUris.join(' '),
    client.scopes.join(' '),
    client.auth,
    `${client.accessTokenSeconds} s`,
    client.sessionSeconds === 'unlimited' ? 'unlimited' : `${client.sessionSeconds} s`,
  ];
}

function toggleRows(toggles: Toggles): readonly Row[] {
  return toggleEntries().map(([name, toggle]) => [
    html`<code>${name}</code>`,
    whatItSwitches(toggle),
    String(toggles[name]),
    String(toggle.default),
    toggle.evidence,
  ]);
}
