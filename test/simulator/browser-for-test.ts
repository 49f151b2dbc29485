/** A patient's browser and a client, as far as these tests need them. They know the wire and nothing of the simulator. */

import {
  type Simulator,
  type SimulatorClient,
  type SimulatorOptions,
  startSimulator,
} from '../../src/simulator.ts';

export const redirectUri = 'https://app.example.com/cb';

export const client: SimulatorClient = {
  clientId: 'app',
  owner: 'Example Health',
  product: 'Example App',
  redirectUris: [redirectUri],
};

/** A started simulator with one client; `await using` closes it. */
export async function simulatorForTest(options: SimulatorOptions = {}): Promise<Simulator & AsyncDisposable> {
  const simulator = await startSimulator({ clients: [client], ...options });
  return Object.assign(simulator, { [Symbol.asyncDispose]: () => simulator.close() });
}

/** The address a client sends the browser to. Undefined leaves a parameter out. */
export function authorizationUrl(
  simulator: Simulator,
  parameters: Record<string, string | undefined> = {},
): string {
  const all = { response_type: 'code', client_id: 'app', scope: 'PATIENT', state: 's1', ...parameters };
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `${simulator.url}/apiAuthorize.action?${new URLSearchParams(given)}`;
}

export function post(url: string, form: Record<string, string> | URLSearchParams, headers = {}) {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' });
}

/** The hidden field of the first form on a page. */
export function interactionOn(page: string): string {
  return /name="interaction" value="([^"]+)"/.exec(page)?.[1] ?? '';
}

/** Logs in by the simulator's own button and gives the page or redirect that follows. */
export async function logInAs(simulator: Simulator, url: string, publicId: string): Promise<Response> {
  const page = await (await fetch(url)).text();
  return post(`${simulator.url}/apiAuthorize.action`, { interaction: interactionOn(page), person: publicId });
}

export function answer(
  simulator: Simulator,
  grantPage: string,
  pressed: 'approve' | 'deny',
): Promise<Response> {
  return post(`${simulator.url}/apiAuthorize.action`, {
    interaction: interactionOn(grantPage),
    answer: pressed,
  });
}

/** Log in, approve, and where the browser is sent. */
export async function approvedBy(
  simulator: Simulator,
  url: string,
  publicId = amara(simulator),
): Promise<URL> {
  const grantPage = await (await logInAs(simulator, url, publicId)).text();
  const approved = await answer(simulator, grantPage, 'approve');
  return new URL(approved.headers.get('location') ?? '');
}

export async function codeFor(simulator: Simulator, publicId?: string, parameters = {}): Promise<string> {
  const back = await approvedBy(
    simulator,
    authorizationUrl(simulator, { redirect_uri: redirectUri, ...parameters }),
    publicId,
  );
  return back.searchParams.get('code') ?? '';
}

export function token(simulator: Simulator, form: Record<string, string>, headers = {}): Promise<Response> {
  return post(`${simulator.url}/apiToken.action`, form, headers);
}

export function exchange(
  simulator: Simulator,
  code: string,
  more: Record<string, string> = {},
): Promise<Response> {
  return token(simulator, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    client_id: 'app',
    ...more,
  });
}

export function refresh(simulator: Simulator, refreshToken: string, more = {}): Promise<Response> {
  return token(simulator, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: 'app',
    ...more,
  });
}

export interface Tokens {
  access_token: string;
  token_type: string;
  expires_in: number;
  refresh_token: string;
  scope: string;
}

export async function tokensFor(simulator: Simulator, publicId?: string): Promise<Tokens> {
  return read(await exchange(simulator, await codeFor(simulator, publicId)));
}

export function get(simulator: Simulator, path: string, accessToken?: string, init: RequestInit = {}) {
  const headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  return fetch(`${simulator.url}${path}`, { headers, ...init });
}

export async function read<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

/** PKB's response code in an OperationOutcome. */
export async function codeIn(response: Response): Promise<string | undefined> {
  const outcome = await read<{ issue: { details?: { coding: { code: string }[] } }[] }>(response);
  return outcome.issue[0]?.details?.coding[0]?.code;
}

/** The public id of somebody with an ordinary record. */
export function amara(simulator: Simulator): string {
  return personCalled(simulator, 'Okafor').publicId;
}

export function personCalled(simulator: Simulator, name: string) {
  const found = simulator.people.find(({ givenNames, familyName }) =>
    [...givenNames, familyName].includes(name),
  );
  if (!found) throw new Error(`nobody is called ${name}`);
  return found;
}
