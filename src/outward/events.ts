import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import type { FeedEvent } from '../model.ts';

const MAX_PAGE = 500;

/**
 * A page of the feed: every event of every link, in an order in which nothing is ever added before what a reader has seen.
 *
 * @param input.after the id of the last event seen; absent: from the beginning
 * @throws InvalidRequestError `bad-input`, also for an `after` that is not in the feed: after a restore of the database it
 * may not be there any more
 */
export async function events(
  app: App,
  { after, limit = 100 }: { readonly after?: string; readonly limit?: number } = {},
): Promise<readonly FeedEvent[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new InvalidRequestError('bad-input', `limit must be 1 to ${MAX_PAGE}`, { field: 'limit' });
  }
  const page = await app.store.listFeed({ limit, ...(after !== undefined && { after }) });
  if (page) return page;
  throw new InvalidRequestError(
    'bad-input',
    'after is not the id of an event here: read from the beginning, leaving out the ids you have',
    { field: 'after' },
  );
}
