import { InvalidRequestError } from '../errors.ts';
import { checkedAppUserId } from '../flow/account.ts';
import { linkJson } from '../http/api/link-json.ts';
import { eventLine, json, line } from './print.ts';
import { withApp } from './with-app.ts';

/**
 * `pkb-link link <app_user_id>`: one account's link, the last unlinked one where there is none now, and the account's history,
 * of former links too.
 */
export function link(appUserId: string, options: { readonly json?: boolean }): Promise<void> {
  return withApp(async (app) => {
    const id = checkedAppUserId(appUserId);
    // As it is stored, as `links` shows it: a proposal that lapsed too.
    const found = (await app.store.findLink(id)) ?? (await app.store.findLastUnlinked(id));
    if (!found) {
      throw new InvalidRequestError('unknown-link', 'this account has no link', { field: 'app_user_id' });
    }
    const events = await app.store.listAccountEvents(id);
    if (options.json) {
      json({
        ...linkJson(found),
        events: events.map(({ linkId, type, at, reason }) => ({
          link: linkId ?? null,
          type,
          at,
          reason: reason ?? null,
        })),
      });
      return;
    }
    for (const [name, value] of Object.entries(linkJson(found))) {
      if (value !== null) line(`${name.padEnd(24)}${value}`);
    }
    for (const event of events) line(eventLine(event));
  });
}
