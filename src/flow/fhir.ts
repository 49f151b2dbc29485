import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import type { FhirClient } from '../fhir/fhir.ts';
import { checkedAppUserId } from './account.ts';
import { request } from './request.ts';

/**
 * The patient's record at PKB's Facade (FHIR STU3): read, search, pages, references. Each call is a `request`, with an access
 * token that is fresh; nothing is asked before one is made.
 *
 * @throws InvalidRequestError `bad-input`
 */
export function fhir(app: App, input: { readonly appUserId: string }): FhirClient {
  const appUserId = checkedAppUserId(input.appUserId);
  return app.fhir.client(
    (url, init) => request(app, { ...init, appUserId, url }),
    async () => {
      const link = await app.store.findLink(appUserId);
      if (link) return link.publicId;
      throw new InvalidRequestError('unknown-link', 'this account has no link', { field: 'app_user_id' });
    },
  );
}
