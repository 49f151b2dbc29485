import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { checkedAppUserId } from '../flow/account.ts';
import { asPublicId, type Link, type LinkEvent } from '../model.ts';
import type { Attempt } from '../storage/console.ts';

/** What is known of an account, or of a record, by its id. */
export interface LookedUp {
  /** All links, former ones too, the newest grant first. */
  readonly links: readonly Link[];
  /** The account's own attempts of the last day, the newest first. */
  readonly attempts: readonly Attempt[];
  /** The account's history, oldest first. */
  readonly events: readonly LinkEvent[];
}

/**
 * Finds by an `app_user_id` or a public id, whichever it is: an account's id may look like a public id. PKB is not asked.
 * @throws InvalidRequestError `bad-input` for what is neither
 */
export async function lookUp(app: App, { id }: { readonly id: string }): Promise<LookedUp> {
  const appUserId = checkedAppUserId(id);
  const publicId = asPublicId(id);
  const [own, ofRecord, attempts, events] = await Promise.all([
    app.store.searchLinks({ appUserId }),
    publicId === undefined ? [] : app.store.searchLinks({ publicId }),
    app.store.listAttempts(appUserId),
    app.store.listAccountEvents(appUserId),
  ]);
  return {
    links: [...own, ...ofRecord.filter(({ id }) => !own.some((one) => one.id === id))],
    attempts,
    events,
  };
}

/**
 * One link and what happened to its account, earlier links too.
 * @throws InvalidRequestError `unknown-link`
 */
export async function lookAtLink(
  app: App,
  { linkId }: { readonly linkId: string },
): Promise<Omit<LookedUp, 'links'> & { readonly link: Link }> {
  const link = /^[0-9a-f-]{36}$/.test(linkId) ? await app.store.findLinkById(linkId) : undefined;
  if (!link) throw new InvalidRequestError('unknown-link', 'there is no such link', { field: 'link' });
  const { appUserId } = link;
  const [attempts, events] = await Promise.all([
    app.store.listAttempts(appUserId),
    app.store.listAccountEvents(appUserId),
  ]);
  return { link, attempts, events };
}
