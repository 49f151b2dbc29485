import { eventJson } from '../webhook/event-json.ts';
import { isRead, json, line, remark } from './print.ts';
import { withStore } from './with-store.ts';

const PAGE = 500;

/** `pkb-link webhooks list`: the events that were never accepted, one a line, in the order in which they happened. */
export function webhooksList(options: { readonly json?: boolean }): Promise<void> {
  return withStore(async (store) => {
    let after: string | undefined;
    do {
      const page = await store.listDeadLetters({ limit: PAGE, ...(after !== undefined && { after }) });
      if (page.length === 0 && after === undefined) remark('There are no dead letters.');
      for (const { event, diedAt, failure } of page) {
        if (options.json) json({ ...eventJson(event), died_at: diedAt.toISOString(), failure });
        else line([event.id, diedAt.toISOString(), event.type, failure, event.appUserId].join('  '));
      }
      after = page.length === PAGE ? page.at(-1)?.event.id : undefined;
    } while (after !== undefined && isRead());
  });
}
