/** Registered clients: PKB's "User Client", known by owner and product, and how each proves who it is. */

import type { Toggles } from '../toggles.ts';

/** A PKB user type; a grant is locked to one (PKB, "Code grant" and "Scopes"). */
export type Scope = 'PATIENT' | 'CLINICIAN' | 'TEAMCOORD';

export const scopes: readonly Scope[] = ['PATIENT', 'CLINICIAN', 'TEAMCOORD'];

export interface SimulatorClient {
  readonly clientId: string;
  /** Both names are shown to the patient. */
  readonly owner: string;
  readonly product: string;
  readonly redirectUris: readonly string[];
  /** User types the client may ask for. Default `['PATIENT']`. */
  readonly scopes?: readonly Scope[];
  /** How the client authenticates at the token endpoint. Default `none`: a public client. */
  readonly auth?: 'none' | 'post' | 'basic';
  readonly secret?: string;
  /** Default 1800. */
  readonly accessTokenSeconds?: number;
  /** Length of an API session from the grant. Default `unlimited`. */
  readonly sessionSeconds?: number | 'unlimited';
}

/** A client with its defaults filled in. */
export type Client = Required<Omit<SimulatorClient, 'secret'>> & { readonly secret: string | undefined };

/** @throws TypeError for a client that no request could ever use rightly */
export function registered(client: SimulatorClient): Client {
  const auth = client.auth ?? 'none';
  const problem = (text: string) => new TypeError(`client "${client.clientId}": ${text}`);
  if (client.clientId === '') throw problem('clientId is empty');
  if (client.redirectUris.length === 0) throw problem('it needs at least one redirect URI');
  for (const uri of client.redirectUris) {
    if (!URL.canParse(uri) || uri.includes('#')) {
      throw problem(`redirect URI "${uri}" must be absolute and without a fragment`);
    }
  }
  if ((auth === 'none') !== (client.secret === undefined)) {
    throw problem(`auth "${auth}" ${auth === 'none' ? 'has no secret' : 'needs a secret'}`);
  }
  return {
    clientId: client.clientId,
    owner: client.owner,
    product: client.product,
    redirectUris: [...client.redirectUris],
    scopes: [...(client.scopes ?? ['PATIENT'])],
    auth,
    secret: client.secret,
    accessTokenSeconds: client.accessTokenSeconds ?? 1800,
    sessionSeconds: client.sessionSeconds ?? 'unlimited',
  };
}

/**
 * Who asks at the token endpoint, or undefined where that is not proven in the one way asked of the client
 * (RFC 6749 sections 2.3 and 3.2.1).
 */
export function authenticatedClient(
  { clients, toggles }: { readonly clients: ReadonlyMap<string, Client>; readonly toggles: Toggles },
  authorization: string | undefined,
  form: ReadonlyMap<string, string>,
): Client | undefined {
  const basic = authorization === undefined ? undefined : basicCredentials(authorization);
  if (authorization !== undefined && basic === undefined) return undefined;
  const named = form.get('client_id');
  if (basic && named !== undefined && named !== basic.id) return undefined;

  const client = clients.get(basic?.id ?? named ?? '');
  if (!client) return undefined;
  switch (toggles.clientAuth === 'as-registered' ? client.auth : toggles.clientAuth) {
    case 'none':
      return basic || form.has('client_secret') ? undefined : client;
    case 'post':
      return !basic && isSecret(client, form.get('client_secret')) ? client : undefined;
    case 'basic':
      return isSecret(client, basic?.secret) && !form.has('client_secret') ? client : undefined;
  }
}

/** A client without a secret cannot prove anything by one. */
function isSecret(client: Client, presented: string | undefined): boolean {
  return client.secret !== undefined && client.secret === presented;
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined. */
function basicCredentials(authorization: string): { id: string; secret: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? [];
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  try {
    return { id: formDecoded(id), secret: formDecoded(secret) };
  } catch {
    return undefined;
  }
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
