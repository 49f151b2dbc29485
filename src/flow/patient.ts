import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import type { Demographics, NationalIdentifier } from '../model.ts';
import { checkedAppUserId } from './account.ts';
import { request } from './request.ts';

/**
 * Who the patient is, as PKB tells it now: `/users/self` and `Patient/<public id>` together. Never stored.
 *
 * Works on a proposed link too: its page asks "is this your record?".
 *
 * @throws InvalidRequestError `unknown-link`; IdentityConflictError `not-a-patient`, `different-patient`; what `request` throws
 */
export async function patient(app: App, input: { readonly appUserId: string }): Promise<Demographics> {
  const appUserId = checkedAppUserId(input.appUserId);
  const link = await app.store.findLink(appUserId);
  if (!link)
    throw new InvalidRequestError('unknown-link', 'this account has no link', { field: 'app_user_id' });

  const send = (url: string, init?: RequestInit) =>
    request(app, { ...init, appUserId, url, evenIfProposed: true });
  // FHIR first: only there does PKB document that a refusal says why (an OperationOutcome with a response code).
  const fhir = await app.fhir.patient(send, link.publicId);
  const self = await app.rest.self(send);
  return {
    ...self,
    publicId: link.publicId,
    // FHIR has middle names and organisations' own identifiers; /users/self has contacts and the sex at birth.
    givenNames: fhir.givenNames.length > 0 ? fhir.givenNames : self.givenNames,
    deceased: self.deceased || fhir.deceased,
    identifiers: distinct([...self.identifiers, ...fhir.identifiers]),
  };
}

function distinct(identifiers: readonly NationalIdentifier[]): readonly NationalIdentifier[] {
  const seen = new Map<string, NationalIdentifier>();
  for (const identifier of identifiers) {
    const key = `${identifier.system ?? identifier.name} ${identifier.value}`;
    if (!seen.has(key)) seen.set(key, identifier);
  }
  return [...seen.values()];
}
