/** How the token endpoint says no, in each style of `tokenErrorStyle`. */

import { codedOutcome, plainOutcome } from '../fhir/operation-outcome.ts';
import type { Toggles } from '../toggles.ts';
import { fhirJson, json } from '../wire.ts';
import { problemPage } from './pages.ts';
import type { Refusal } from './sessions.ts';

export function tokenError(style: Toggles['tokenErrorStyle'], refusal: Refusal): Response {
  const { error, description, code } = refusal;
  // The code leads the text so that a client can know a session's end in the RFC 6749 shape too.
  const body = { error, error_description: code ? `${code}: ${description}` : description };
  const status = error === 'invalid_client' ? 401 : 400;
  switch (style) {
    case 'rfc6749':
      return json(body, status);
    case '401-json':
      return json(body, 401);
    case 'operation-outcome':
      return fhirJson(asOutcome(refusal), status);
    case 'html-200':
      return problemPage(200, 'Something went wrong', 'Please try again later.');
    case 'html-500':
      return problemPage(500, 'Something went wrong', 'Please try again later.');
  }
}

/** The one refusal PKB's texts print: that of its host for system clients. */
export function unauthorized(): Response {
  return json(
    {
      error: 'unauthorized',
      error_description: 'Full authentication is required to access this resource',
    },
    401,
  );
}

function asOutcome({ error, description, code }: Refusal): object {
  if (code) return codedOutcome(code);
  return error === 'invalid_client' || error === 'invalid_grant'
    ? codedOutcome('BAD_AUTHENTICATION')
    : plainOutcome('invalid', description);
}
