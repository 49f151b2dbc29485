import type { App } from '../app.ts';
import type { LinkEvent } from '../model.ts';
import { checkedAppUserId } from './account.ts';

/**
 * What has happened to the account's link, oldest first; where it has none, to the one that it had last.
 *
 * @throws InvalidRequestError `bad-input` for an id that no account can have
 */
export async function history(
  app: App,
  input: { readonly appUserId: string },
): Promise<readonly LinkEvent[]> {
  const appUserId = checkedAppUserId(input.appUserId);
  const link = (await app.store.findLink(appUserId)) ?? (await app.store.findLastUnlinked(appUserId));
  if (!link) return [];
  return (await app.store.listAccountEvents(appUserId)).filter(({ linkId }) => linkId === link.id);
}
