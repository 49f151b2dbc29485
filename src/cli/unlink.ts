import { InvalidRequestError } from '../errors.ts';
import { unlink as forget } from '../flow/unlink.ts';
import { linkJson } from '../http/api/link-json.ts';
import { json, line, remark } from './print.ts';
import { withApp } from './with-app.ts';

/** `pkb-link unlink <app_user_id>`: destroys the tokens of one account's link. Again is a success. */
export function unlink(appUserId: string, options: { readonly json?: boolean }): Promise<void> {
  return withApp(async (app) => {
    const unlinked = await forget(app, { appUserId, reason: 'operator' });
    if (!unlinked) {
      throw new InvalidRequestError('unknown-link', 'this account never had a link', {
        field: 'app_user_id',
      });
    }
    if (options.json) json(linkJson(unlinked));
    else line(`${appUserId} is unlinked; its tokens are destroyed.`);
    remark('PKB was not told: it documents no way to revoke. Its API session ends by itself.');
  });
}
