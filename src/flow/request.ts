import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { reach, type Send } from '../provider/upstream.ts';
import { refresh } from './refresh.ts';
import { concernsGrant, refused } from './refused.ts';

export interface PatientRequest extends Omit<RequestInit, 'redirect'> {
  readonly appUserId: string;
  /** An address under the provider's FHIR or REST base, whole or relative to PKB's host (`/fhir/Observation?...`). */
  readonly url: string;
  /** Also for a proposal that the patient has not confirmed; only to show whose record it is. */
  readonly evenIfProposed?: boolean;
}

/**
 * Calls one of PKB's APIs for the patient, with an access token that is fresh.
 *
 * A 401 about the token refreshes it and, for a read, asks once more; a write is never sent twice.
 *
 * @returns PKB's answer as it is, whatever its status, unless it speaks about the grant itself
 * @throws InvalidRequestError `unknown-link`, `bad-input` for an address that is not PKB's; ReauthorizationRequired where
 * the grant has ended; AccessRefusedError `access-frozen`; UpstreamUnavailableError; what `refresh` throws
 */
export async function request(app: App, input: PatientRequest): Promise<Response> {
  const { appUserId, url, evenIfProposed = false, ...init } = input;
  const address = ownAddress(app, url);
  const isRead = ['GET', 'HEAD'].includes(init.method?.toUpperCase() ?? 'GET');
  let granted = await refresh(app, { appUserId, evenIfProposed });

  for (let attempt = 1; ; attempt += 1) {
    const response = await bearer(app, granted.accessToken)(address, init);
    const verdict = await app.provider.judge(response);
    const mayRepeat = isRead && attempt === 1;

    if (verdict.kind === 'access-token-rejected') {
      const rejected = granted.accessToken;
      granted = await refresh(app, { appUserId, evenIfProposed, rejected });
      if (mayRepeat) continue;
    }
    if (verdict.kind === 'refused' && concernsGrant(verdict.failure)) {
      const stands = await refused(app, granted.link, verdict.failure);
      if (stands || !mayRepeat) throw verdict.failure;
      granted = await refresh(app, { appUserId, evenIfProposed });
      continue;
    }
    if (response.ok && granted.link.state === 'suspended') await recovered(app, granted.link.id);
    return response;
  }
}

/** Sends with this access token, once, within the provider's time limit. Redirects are not followed: a token stays here. */
export function bearer(app: App, accessToken: string): Send {
  return (url, init = {}) =>
    reach(app.provider.settings.timeoutMs, (signal) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${accessToken}`);
      return app.fetch(url, {
        ...init,
        headers,
        redirect: 'manual',
        signal: init.signal ? AbortSignal.any([init.signal, signal]) : signal,
      });
    });
}

/** An access token must never go to an address that the caller made up. */
function ownAddress(app: App, url: string): string {
  const { fhirBaseUrl, restBaseUrl } = app.provider.settings;
  const address = URL.parse(url, fhirBaseUrl)?.href ?? '';
  if (address.startsWith(`${fhirBaseUrl}/`) || address.startsWith(`${restBaseUrl}/`)) return address;
  throw new InvalidRequestError(
    'bad-input',
    'url is not an address of the FHIR or REST API of this provider',
    {
      field: 'url',
    },
  );
}

/** PKB answers again: what had suspended the link is over. */
async function recovered(app: App, linkId: string): Promise<void> {
  const now = app.now();
  await app.store.transaction(async (tx) => {
    const link = await tx.findLinkById(linkId);
    if (link?.state !== 'suspended') return;
    await tx.changeLink(link.id, link.version, { state: 'active', reason: null });
    await tx.addEvent({ linkId, type: 'link.recovered', at: now, by: 'service' });
  });
}
