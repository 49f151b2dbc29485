/**
 * `/apiAuthorize.action`: the request (GET), the log-in page and the grant page (POST).
 *
 * There is no cookie. Each page carries the id of its own interaction, and logging in begins a new one: so Back, two
 * tabs and a double click do what the page in front of the person says, whoever logged in elsewhere meanwhile.
 */

import { randomUUID } from 'node:crypto';
import { type AuthorizationRequest, readAuthorizationRequest } from './authorization-request.ts';
import type { Scope } from './clients.ts';
import { endPage, grantPage, logInPage, problemPage } from './pages.ts';
import { type Person, simulatorPassword } from '../people/named.ts';
import { redirectBack } from './redirect.ts';
import { beginSession, issueCode } from './sessions.ts';
import { formMediaType, type Handler, mediaType, singleParameters } from '../wire.ts';
import { canLogIn, peopleNow, personByUserId, userTypes, type World } from '../world.ts';

const INTERACTION_MS = 30 * 60 * 1000;

interface Interaction {
  readonly request: AuthorizationRequest;
  readonly expiresAt: number;
  /** Set once somebody has logged in. */
  readonly loggedIn?: { readonly userId: string; readonly scope: Scope };
}

type Form = ReadonlyMap<string, string>;

export function authorizationPages(world: World): { readonly authorize: Handler; readonly grant: Handler } {
  const interactions = new Map<string, Interaction>();

  function begin(interaction: Omit<Interaction, 'expiresAt'>): string {
    const now = world.now();
    for (const [id, { expiresAt }] of interactions) if (now >= expiresAt) interactions.delete(id);
    const id = randomUUID();
    interactions.set(id, { ...interaction, expiresAt: now + INTERACTION_MS });
    return id;
  }

  function logIn(request: AuthorizationRequest, interaction: string, form: Form): Response {
    const { client } = request;
    const person = whoLogsIn(world, form);
    if (!person) {
      const email = form.get('email') ?? '';
      return logInPage({ interaction, client, people: peopleNow(world.state), failed: { email } });
    }
    const wanted = request.scope === undefined ? client.scopes : [request.scope];
    const scope = wanted.find((one) => userTypes(person).includes(one));
    if (scope === undefined && world.toggles.wrongUserType !== 'issue-tokens') return wrongUserType(request);
    const loggedIn = { userId: person.userId, scope: scope ?? wanted[0] ?? 'PATIENT' };
    return grantPage({ interaction: begin({ request, loggedIn }), client, person });
  }

  function wrongUserType(request: AuthorizationRequest): Response {
    return world.toggles.wrongUserType === 'redirect-error'
      ? redirectBack(request, { error: 'access_denied' }, world.toggles.stateEcho)
      : problemPage(403, 'This account cannot be used here', 'This app is for another kind of account.');
  }

  function approve(
    request: AuthorizationRequest,
    { userId, scope }: { userId: string; scope: Scope },
  ): Response {
    const session = beginSession(world, request.client, userId, scope);
    const code = issueCode(world, session, request);
    world.save();
    return redirectBack(request, { code }, world.toggles.stateEcho);
  }

  function deny(request: AuthorizationRequest): Response {
    switch (world.toggles.denyMode) {
      case 'redirect':
        return redirectBack(request, { error: 'access_denied' }, world.toggles.stateEcho);
      case 'redirect-without-state':
        return redirectBack(request, { error: 'access_denied' }, 'dropped');
      case 'error-page':
        return problemPage(403, 'Access denied', 'You did not approve the request.');
      case 'no-return':
        return endPage('You denied access', 'Nothing was shared. You can close this page.');
    }
  }

  return {
    authorize: (c) => {
      const request = readAuthorizationRequest(world, new URL(c.req.url).search);
      if (typeof request === 'string') {
        return problemPage(400, 'There is a problem with the link to this page', request);
      }
      const people = peopleNow(world.state);
      return logInPage({ interaction: begin({ request }), client: request.client, people });
    },

    grant: async (c) => {
      if (mediaType(c) !== formMediaType)
        return problemPage(415, 'This is not a form', `Send ${formMediaType}.`);
      const form = singleParameters(new URLSearchParams(await c.req.text()));
      if ('doubled' in form) return problemPage(400, 'Bad request', `${form.doubled} came twice.`);

      const id = form.get('interaction') ?? '';
      const interaction = interactions.get(id);
      if (!interaction || world.now() >= interaction.expiresAt) return expiredPage();
      const { request, loggedIn } = interaction;
      if (!loggedIn) return logIn(request, id, form);

      const person = personByUserId(world.state, loggedIn.userId);
      if (!person || !canLogIn(person)) return expiredPage();
      switch (form.get('answer')) {
        case 'approve':
          return approve(request, loggedIn);
        case 'deny':
          return deny(request);
        default:
          return grantPage({ interaction: id, client: request.client, person });
      }
    },
  };
}

/** A confirmed e-mail address and the password, or one of the simulator's own buttons. */
function whoLogsIn(world: World, form: Form): Person | undefined {
  const chosen = form.get('person');
  const email = form.get('email')?.trim().toLowerCase();
  return peopleNow(world.state).find(
    (person) =>
      canLogIn(person) &&
      (chosen === undefined
        ? person.emailConfirmed && person.email === email && form.get('password') === simulatorPassword
        : person.publicId === chosen),
  );
}

function expiredPage(): Response {
  return problemPage(400, 'This page has expired', 'Go back to the app you came from and start again.');
}
