/**
 * `/apiAuthorize.action`: the request (GET), the log-in page and the grant page (POST).
 *
 * Each page carries the id of its own interaction, and logging in begins a new one: so Back, two tabs and a double click
 * do what the page in front of the person says, whoever logged in elsewhere meanwhile. There is no cookie, but for
 * `webSession`.
 */

import { setTimeout } from 'node:timers/promises';
import { getCookie } from 'hono/cookie';
import { canLogIn, type Person, userTypes } from '../people/person.ts';
import { formMediaType, type Handler, mediaType, singleParameters } from '../wire.ts';
import type { World } from '../world.ts';
import { type AuthorizationRequest, readAuthorizationRequest } from './authorization-request.ts';
import type { Scope } from './clients.ts';
import { createInteractions } from './interactions.ts';
import { endPage, grantPage, hopPage, logInPage, problemPage } from './pages.ts';
import { redirectBack } from './redirect.ts';
import { beginSession, issueCode } from './sessions.ts';

interface Interaction {
  readonly request: AuthorizationRequest;
  /** Set once somebody has logged in. */
  readonly loggedIn?: { readonly userId: string; readonly scope: Scope };
}

type Form = ReadonlyMap<string, string>;

const WEB_SESSION = 'simulator_web_session';

export interface AuthorizationPages {
  readonly authorize: Handler;
  readonly grant: Handler;
  readonly hop: Handler;
}

export function authorizationPages(world: World): AuthorizationPages {
  const interactions = createInteractions<Interaction>(world.now);
  /** Who is logged in at PKB itself, by cookie. */
  const webSessions = createInteractions<string>(world.now);

  function showLogIn(
    request: AuthorizationRequest,
    failed?: { email: string },
    interaction?: string,
  ): Response {
    return logInPage({
      interaction: interaction ?? interactions.begin({ request }),
      client: request.client,
      people: world.directory.named(),
      ...(failed && { failed }),
    });
  }

  async function logIn(request: AuthorizationRequest, interaction: string, form: Form): Promise<Response> {
    const { loginDelaySeconds, loginHop, webSession } = world.toggles;
    if (loginDelaySeconds > 0) await setTimeout(loginDelaySeconds * 1000, undefined, { ref: false });
    const person = whoLogsIn(world, form);
    if (!person) return showLogIn(request, { email: form.get('email') ?? '' }, interaction);
    const loggedIn = interactionOf(request, person);
    if (loggedIn instanceof Response) return loggedIn;

    const next = loginHop === 'on' ? hopAway(loggedIn) : showGrant(loggedIn, person);
    if (webSession === 'remembered') {
      const cookie = webSessions.begin(person.userId);
      next.headers.append('set-cookie', `${WEB_SESSION}=${cookie}; Path=/; HttpOnly; SameSite=Lax`);
    }
    return next;
  }

  function interactionOf(request: AuthorizationRequest, person: Person): Required<Interaction> | Response {
    const wanted = request.scope === undefined ? request.client.scopes : [request.scope];
    const scope = wanted.find((one) => userTypes(person).includes(one));
    if (scope === undefined && world.toggles.wrongUserType !== 'issue-tokens') return wrongUserType(request);
    return { request, loggedIn: { userId: person.userId, scope: scope ?? wanted[0] ?? 'PATIENT' } };
  }

  function showGrant(interaction: Required<Interaction>, person: Person): Response {
    return grantPage({
      interaction: interactions.begin(interaction),
      client: interaction.request.client,
      person,
      remembered: world.toggles.webSession === 'remembered',
    });
  }

  function hopAway(interaction: Interaction): Response {
    const location = `/logInHop.action?interaction=${interactions.begin(interaction)}`;
    return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
  }

  function wrongUserType(request: AuthorizationRequest): Response {
    return world.toggles.wrongUserType === 'redirect-error'
      ? redirectBack(request, { error: 'access_denied' }, world.toggles.stateEcho)
      : problemPage(403, 'This account cannot be used here', 'This app is for another kind of account.');
  }

  function approve({ request, loggedIn: { userId, scope } }: Required<Interaction>): Response {
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
      const userId = world.toggles.webSession === 'remembered' && webSessions.get(getCookie(c, WEB_SESSION));
      const person = userId ? world.directory.byUserId(userId) : undefined;
      const remembered = person && canLogIn(person) && interactionOf(request, person);
      return remembered && !(remembered instanceof Response)
        ? showGrant(remembered, person)
        : showLogIn(request);
    },

    hop: (c) => {
      const id = c.req.query('interaction');
      const interaction = interactions.get(id);
      return id !== undefined && interaction?.loggedIn ? hopPage(id) : expiredPage();
    },

    grant: async (c) => {
      if (mediaType(c) !== formMediaType) {
        return problemPage(415, 'This is not a form', `Send ${formMediaType}.`);
      }
      const form = singleParameters(new URLSearchParams(await c.req.text()));
      if ('doubled' in form) return problemPage(400, 'Bad request', `${form.doubled} came twice.`);

      const id = form.get('interaction') ?? '';
      const interaction = interactions.get(id);
      if (!interaction) return expiredPage();
      const { request, loggedIn } = interaction;
      if (!loggedIn) return logIn(request, id, form);

      const person = world.directory.byUserId(loggedIn.userId);
      if (!person || !canLogIn(person)) return expiredPage();
      switch (form.get('answer')) {
        case 'approve':
          return approve({ request, loggedIn });
        case 'deny':
          return deny(request);
        case 'log-out':
          webSessions.end(getCookie(c, WEB_SESSION) ?? '');
          return showLogIn(request);
        default:
          return showGrant({ request, loggedIn }, person);
      }
    },
  };
}

/** A confirmed e-mail address and the password, or one of the simulator's own buttons. */
function whoLogsIn({ directory }: World, form: Form): Person | undefined {
  const chosen = form.get('person');
  const email = form.get('email')?.trim().toLowerCase() ?? '';
  const person =
    chosen === undefined
      ? directory
          .byEmail(email)
          .find((one) => one.emailConfirmed && one.password === form.get('password') && canLogIn(one))
      : directory.byPublicId(chosen);
  return person && canLogIn(person) ? person : undefined;
}

function expiredPage(): Response {
  return problemPage(400, 'This page has expired', 'Go back to the app you came from and start again.');
}
