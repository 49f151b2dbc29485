/** What a client may ask at the authorization endpoint (RFC 6749 section 4.1.1; PKB, "Code grant"). */

import type { AuthorizationCode } from '../state.ts';
import { singleParameters } from '../wire.ts';
import type { World } from '../world.ts';
import { type Client, type Scope, scopes } from './clients.ts';

export interface AuthorizationRequest {
  readonly client: Client;
  /** Where the browser goes at the end, and whether the request named it or left it to the registration. */
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
  /** Absent: any user type enabled for the client. */
  readonly scope?: Scope;
  /** As it stood in the query, percent encoding and all, so that it goes back byte for byte. */
  readonly state?: string;
  readonly challenge?: NonNullable<AuthorizationCode['challenge']>;
}

/** The request, or what is wrong with it. Parameters nobody knows are ignored (RFC 6749 section 3.1). */
export function readAuthorizationRequest(world: World, search: string): AuthorizationRequest | string {
  const query = singleParameters(new URLSearchParams(search));
  if ('doubled' in query) return `The parameter ${query.doubled} came twice.`;

  const client = world.clients.get(query.get('client_id') ?? '');
  if (!client) return 'client_id is missing or is not registered.';
  if (query.get('response_type') !== 'code') return 'response_type must be "code".';

  const sent = query.get('redirect_uri');
  const redirectUri = allowedRedirectUri(client, sent, world.toggles.redirectMatch);
  if (redirectUri === undefined) {
    return sent === undefined
      ? 'redirect_uri is missing, and several are registered for this client.'
      : 'redirect_uri is not registered for this client.';
  }
  const scope = query.get('scope');
  if (scope !== undefined && !isScopeOf(client, scope)) {
    return 'scope must be one user type that is enabled for this client.';
  }
  const challenge = readChallenge(query, world.toggles.pkce);
  if (typeof challenge === 'string') return challenge;

  const state = rawParameter(search, 'state');
  return {
    client,
    redirectUri,
    redirectUriSent: sent !== undefined,
    ...(scope !== undefined && { scope }),
    ...(state !== undefined && { state }),
    ...(challenge && { challenge }),
  };
}

/** Extra parameters may follow the registered address; nothing else of it may differ (PKB, "Code grant"). */
function allowedRedirectUri(
  client: Client,
  sent: string | undefined,
  match: World['toggles']['redirectMatch'],
): string | undefined {
  const [only, ...more] = client.redirectUris;
  if (sent === undefined) return more.length === 0 ? only : undefined;
  if (!/^[\x21-\x7e]+$/.test(sent) || sent.includes('#')) return undefined;
  const fits = client.redirectUris.some(
    (base) =>
      sent === base ||
      (match === 'base-and-extra' && sent.startsWith(`${base}${base.includes('?') ? '&' : '?'}`)),
  );
  return fits ? sent : undefined;
}

function isScopeOf(client: Client, text: string): text is Scope {
  return scopes.some((scope) => scope === text) && client.scopes.some((scope) => scope === text);
}

/** RFC 7636 section 4.3; undefined where there is none to keep, a sentence where the request is wrong. */
function readChallenge(
  query: ReadonlyMap<string, string>,
  rule: World['toggles']['pkce'],
): AuthorizationCode['challenge'] | string {
  const value = query.get('code_challenge');
  const method = query.get('code_challenge_method') ?? 'plain';
  if (rule === 'ignored') return undefined;
  if (value === undefined) return rule === 'required' ? 'code_challenge is missing.' : undefined;
  if (rule === 'rejected') return 'code_challenge is not allowed.';
  if (!/^[A-Za-z0-9\-._~]{43,128}$/.test(value))
    return 'code_challenge must be 43 to 128 URL-safe characters.';
  return method === 'plain' || method === 'S256'
    ? { value, method }
    : 'code_challenge_method must be S256 or plain.';
}

function rawParameter(search: string, name: string): string | undefined {
  const pair = search
    .replace(/^\?/, '')
    .split('&')
    .find((part) => part.startsWith(`${name}=`));
  const value = pair?.slice(name.length + 1);
  if (!value) return undefined;
  return /^[\x21-\x7e]+$/.test(value) ? value : encodeURIComponent(value);
}
