import { LAST_SHARE } from '../flow/refresh.ts';
import { operator } from './operator.ts';
import { json, line } from './print.ts';
import { withStore } from './with-store.ts';

const PAGE = 500;

/**
 * `pkb-link restore --check`: after the database was restored from a backup and before anything is served, makes each link
 * `unsure` that may have been refreshed since. Again is a success.
 */
export function restoreCheck(options: { readonly json?: boolean }): Promise<void> {
  return withStore(async (store) => {
    await store.record({ act: 'restore.checked', by: operator() });
    let [links, unsure] = [0, 0];
    let after: string | undefined;
    do {
      const page = await store.markUnsure({
        lastShare: LAST_SHARE,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      links += page.links;
      unsure += page.unsure;
      after = page.next;
    } while (after !== undefined);
    if (options.json) json({ links, unsure });
    else {
      line(
        `${unsure} of ${links} refreshable links may have been refreshed since the backup: they are unsure.`,
      );
    }
  });
}
