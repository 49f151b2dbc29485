/** `POST /apiToken.action`, and `POST /api/oauth/token` (PKB's host for system clients speaks a little differently). */

import { randomUUID } from 'node:crypto';
import {
  dropConnection,
  formMediaType,
  type Handler,
  json,
  mediaType,
  singleParameters,
  type WireContext,
} from '../wire.ts';
import type { World } from '../world.ts';
import { authenticatedClient, type Client } from './clients.ts';
import { type Issued, type Refusal, redeemCode, refreshTokens, revokeToken } from './sessions.ts';
import { tokenError, unauthorized } from './token-errors.ts';

type Form = ReadonlyMap<string, string>;

/** @param host whose words it speaks: the host for system clients has `bearer`, `jti` and its own refusal of a stranger */
export function tokenEndpoint(world: World, host: () => World['toggles']['tokenHost']): Handler {
  return async (c) => {
    const systemHost = host() === 'system';
    const refuse = (refusal: Refusal) => tokenError(world.toggles.tokenErrorStyle, refusal);
    const form = await formOf(c);
    if (form instanceof Response) return form;
    if (isRefusal(form)) return refuse(form);

    const client = authenticatedClient(world, c.req.header('authorization'), form);
    if (!client && systemHost) return unauthorized();
    if (!client) return challenged(c, refuse(invalidClient));

    const result = granted(world, client, form);
    world.save();
    if (isRefusal(result)) return refuse(result);
    if (world.toggles.dropResponseAfterCommit) return dropConnection(c);
    return json({
      access_token: result.accessToken,
      token_type: systemHost ? 'bearer' : 'Bearer',
      ...expiry(result, world.toggles),
      ...(result.refreshToken !== undefined && { refresh_token: result.refreshToken }),
      scope: result.scope,
      ...(systemHost && { jti: randomUUID() }),
    });
  };
}

/** RFC 7009, which PKB's texts do not mention: only there when `revocationEndpoint` is `present`. */
export function revocationEndpoint(world: World): Handler {
  return async (c) => {
    if (world.toggles.revocationEndpoint === 'absent') return c.notFound();
    const refuse = (refusal: Refusal) => tokenError('rfc6749', refusal);
    const form = await formOf(c);
    if (form instanceof Response) return form;
    if (isRefusal(form)) return refuse(form);
    const client = authenticatedClient(world, c.req.header('authorization'), form);
    if (!client) return challenged(c, refuse(invalidClient));
    const token = form.get('token');
    if (token === undefined) return refuse(invalidRequest('token is missing'));
    revokeToken(world, client, token);
    world.save();
    return new Response(null, { status: 200 });
  };
}

function granted(world: World, client: Client, form: Form): Issued | Refusal {
  switch (form.get('grant_type')) {
    case undefined:
      return invalidRequest('grant_type is missing');
    case 'authorization_code': {
      const code = form.get('code');
      if (code === undefined) return invalidRequest('code is missing');
      const redirectUri = form.get('redirect_uri');
      const verifier = form.get('code_verifier');
      return redeemCode(world, client, {
        code,
        ...(redirectUri !== undefined && { redirectUri }),
        ...(verifier !== undefined && { verifier }),
      });
    }
    case 'refresh_token': {
      const refreshToken = form.get('refresh_token');
      if (refreshToken === undefined) return invalidRequest('refresh_token is missing');
      return (
        scopeRefusal(world, refreshToken, form.get('scope')) ?? refreshTokens(world, client, refreshToken)
      );
    }
    default:
      return { error: 'unsupported_grant_type', description: 'authorization_code and refresh_token only' };
  }
}

/** Judged before the refresh token is spent. A grant has one scope, so any other asks for more than was granted. */
function scopeRefusal(world: World, refreshToken: string, scope: string | undefined): Refusal | undefined {
  const rule = world.toggles.refreshScopeParam;
  if (scope === undefined) return rule === 'required' ? invalidRequest('scope is missing') : undefined;
  if (rule === 'rejected') return invalidRequest('scope is not allowed here');
  const sessionId = world.state.refreshTokens.get(refreshToken)?.sessionId;
  const session = world.state.sessions.get(sessionId ?? '');
  return session && session.scope !== scope
    ? { error: 'invalid_scope', description: 'not the scope that was granted' }
    : undefined;
}

async function formOf(c: WireContext): Promise<Form | Refusal | Response> {
  if (mediaType(c) !== formMediaType) {
    return json({ error: 'invalid_request', error_description: `send ${formMediaType}` }, 415);
  }
  const form = singleParameters(new URLSearchParams(await c.req.text()));
  return 'doubled' in form ? invalidRequest(`${form.doubled} came twice`) : form;
}

/** RFC 6749 section 5.2: a client that tried the Authorization header is told which scheme is expected. */
function challenged(c: WireContext, response: Response): Response {
  if (response.status === 401 && c.req.header('authorization') !== undefined) {
    response.headers.set('www-authenticate', 'Basic realm="simulator"');
  }
  return response;
}

function expiry({ expiresIn }: Issued, { expiresInType, expiresInOffsetSeconds }: World['toggles']): object {
  if (expiresInType === 'missing') return {};
  const seconds = expiresIn + expiresInOffsetSeconds;
  return { expires_in: expiresInType === 'string' ? String(seconds) : seconds };
}

const invalidClient: Refusal = {
  error: 'invalid_client',
  description: 'the client is not known, or did not authenticate as it is registered',
};

function invalidRequest(description: string): Refusal {
  return { error: 'invalid_request', description };
}

function isRefusal(value: object): value is Refusal {
  return 'error' in value;
}
