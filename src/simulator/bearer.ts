/** Who calls an API, by bearer token (RFC 6750 section 2.1), and how each API says no. */

import { codedOutcome } from './fhir/operation-outcome.ts';
import { type ResponseCode, responseCodes } from './fhir/response-code.ts';
import { problemPage } from './oauth/pages.ts';
import { sessionOf } from './oauth/sessions.ts';
import type { Person } from './people/person.ts';
import type { ApiSession } from './state.ts';
import { fhirJson, json, type WireContext } from './wire.ts';
import type { World } from './world.ts';

export interface Caller {
  readonly person: Person;
  readonly session: ApiSession;
}

/** Who calls, or why they may not. */
export function callerOf(world: World, c: WireContext): Caller | ResponseCode {
  const [, token] = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  const session = sessionOf(world, token ?? '');
  if (typeof session === 'string') return session;
  const person = world.directory.byUserId(session.userId);
  if (!person) return 'BAD_AUTHENTICATION';
  return person.status === 'frozen' ? 'ACCESS_FROZEN_OUTWARD' : { person, session };
}

/** A refusal under `/fhir`. */
export function fhirRefusal({ toggles }: World, code: ResponseCode): Response {
  const status = toggles.apiErrorStyle === '403-operation-outcome' ? 403 : responseCodes[code].status;
  switch (toggles.apiErrorStyle) {
    case '401-operation-outcome':
    case '403-operation-outcome':
      return challenged(toggles, fhirJson(codedOutcome(code), status));
    case '401-empty':
      return challenged(toggles, new Response(null, { status }));
    case '401-html':
      return challenged(toggles, problemPage(status, 'Access denied', 'Please log in and try again.'));
  }
}

/** A refusal under `/json`, in PKB's sentence where there is one. */
export function restRefusal(world: World, code: ResponseCode, sentence?: string): Response {
  const { display, status } = responseCodes[code];
  return challenged(world.toggles, restProblem(world, status, code, sentence ?? display));
}

/** UPSTREAM: not documented: the shape of anything that goes wrong under `/json`. */
export function restProblem({ toggles }: World, status: number, error: string, message: string): Response {
  switch (toggles.restErrorStyle) {
    case 'text':
      return new Response(message, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    case 'json':
      return json({ error, message }, status);
    case 'html':
      return problemPage(status, 'Something went wrong', message);
  }
}

function challenged({ wwwAuthenticate }: World['toggles'], response: Response): Response {
  if (wwwAuthenticate && response.status === 401) {
    response.headers.set('www-authenticate', 'Bearer realm="simulator", error="invalid_token"');
  }
  return response;
}
