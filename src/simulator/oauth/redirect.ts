/** The way back to the client (RFC 6749 sections 4.1.2 and 4.1.2.1). */

import type { Toggles } from '../toggles.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

const TRUNCATED_STATE_LENGTH = 16;

export function redirectBack(
  { redirectUri, state }: AuthorizationRequest,
  answer: Readonly<Record<string, string>>,
  echo: Toggles['stateEcho'],
): Response {
  const echoed = echo === 'truncated' ? state?.slice(0, TRUNCATED_STATE_LENGTH) : state;
  const parameters = new URLSearchParams(answer).toString();
  const query = echoed === undefined || echo === 'dropped' ? parameters : `${parameters}&state=${echoed}`;
  return new Response(null, {
    status: 303,
    headers: {
      location: `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    },
  });
}
