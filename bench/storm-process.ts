/** One process of a partner's app in a storm: many callers, all at once, for the token of one account. */

import type { Place } from './contenders/contender.ts';
import { others } from './others.ts';

export interface Opening {
  readonly name: string;
  readonly place: Place;
}

export type Order =
  | { readonly account: string; readonly left: unknown; readonly callers: number }
  | { readonly age: true };

export interface Ends {
  /** In milliseconds, of the calls that got a token. */
  readonly times: readonly number[];
  readonly errors: number;
  readonly left: unknown;
}

const { name, place } = JSON.parse(process.argv[2] ?? '{}') as Opening;
const opened = await (await others()).contenderNamed(name).open(place);

process.on('message', async (order: Order) => {
  if ('age' in order) {
    await opened.age();
    process.send?.({});
    return;
  }
  const { account, left, callers } = order;
  opened.resume?.(account, left);
  const times: number[] = [];
  const ends = await Promise.allSettled(
    Array.from({ length: callers }, async () => {
      const from = performance.now();
      if (!(await opened.accessToken(account))) throw new Error('no token');
      times.push(performance.now() - from);
    }),
  );
  const errors = ends.filter(({ status }) => status === 'rejected').length;
  process.send?.({ times, errors, left: opened.leave?.(account) } satisfies Ends);
});
process.on('disconnect', () => process.exit());
process.send?.({});
