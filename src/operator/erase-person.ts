import type { App } from '../app.ts';
import { checkedAppUserId } from '../flow/account.ts';
import type { Erased } from '../storage/people.ts';

/**
 * Deletes all that is stored of one account's owner: links and their tokens, history, link sessions, what waits for webhooks and
 * in this machine's spool. The audit trail keeps what was done, which names nobody any more. Again is a success.
 *
 * Nothing is said to PKB (see `unlink`), and the app hears of no event: whoever erases tells it. A backup still has the person.
 *
 * @throws InvalidRequestError `bad-input` for an id that no account can have
 */
export async function erasePerson(
  app: Pick<App, 'store' | 'actor' | 'log'>,
  input: { readonly appUserId: string },
): Promise<Erased> {
  const erased = await app.store.erasePerson(checkedAppUserId(input.appUserId), app.actor);
  app.log('person.erased', { links: erased.links.length });
  return erased;
}
