import type { App } from '../app.ts';
import type { RestClient } from '../rest/rest.ts';
import { checkedAppUserId } from './account.ts';
import { request } from './request.ts';

/**
 * The patient's measurements in PKB's REST API. Each call is a `request`, with an access token that is fresh; nothing is
 * asked before one is made. Who the patient is: `patient`.
 *
 * @throws InvalidRequestError `bad-input`
 */
export function rest(app: App, input: { readonly appUserId: string }): RestClient {
  const appUserId = checkedAppUserId(input.appUserId);
  return app.rest.client((url, init) => request(app, { ...init, appUserId, url }));
}
