/** How patients fare on their way to a link, in SQL: the view `attempt`, and the tally that is left of it. */

import type { Attempt, AttemptStep, AttemptTally, ForConsole } from './console.ts';
import type { Scoped } from './scoped.ts';
import { sql, toMillis } from './sql.ts';

const HOUR_MS = 60 * 60 * 1000;
const KEPT_MS = 400 * 24 * HOUR_MS;

interface TallyRow {
  readonly hour: number;
  readonly step: AttemptStep;
  readonly ending: string | null;
  readonly attempts: number;
}

type Attempts = Pick<ForConsole, 'countAttempts' | 'listAttempts' | 'countSessionEnds'>;

export function attempts({ database, scope: { environment, clientId }, now }: Scoped): Attempts {
  return {
    async countAttempts({ from, to }) {
      // One statement: between two, a purge could move an attempt from where it was not yet read to where it was.
      const rows = await database.all<TallyRow>(sql`
        select hour, step, ending, sum(attempts) as attempts from (
          select created_at - created_at % ${HOUR_MS} as hour, step,
            coalesce(ending, case when ends_at < ${now().getTime()} then ending_then end)
              as ending, 1 as attempts
          from attempt
          where environment = ${environment} and client_id = ${clientId}
            and created_at >= ${toMillis(from)} and created_at < ${toMillis(to)}
          union all
          select hour, step, ending, attempts from attempt_tally
          where environment = ${environment} and client_id = ${clientId}
            and hour >= ${toMillis(from)} and hour < ${toMillis(to)}) as seen
        group by hour, step, ending order by hour, step, ending`);
      return rows.map(
        ({ hour, step, ending, attempts }): AttemptTally => ({
          hour: new Date(hour),
          step,
          ...(ending !== null && { ending }),
          attempts,
        }),
      );
    },

    async listAttempts(appUserId) {
      const rows = await database.all<Omit<TallyRow, 'hour'> & { created_at: number }>(sql`
        select created_at, step,
          coalesce(ending, case when ends_at < ${now().getTime()} then ending_then end)
            as ending
        from attempt
        where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
        order by created_at desc limit 50`);
      return rows.map(
        ({ created_at, step, ending }): Attempt => ({
          createdAt: new Date(created_at),
          step,
          ...(ending !== null && { ending }),
        }),
      );
    },

    async countSessionEnds({ to }) {
      const rows = await database.all<{ hour: number; links: number }>(sql`
        select session_ends_at - session_ends_at % ${HOUR_MS} as hour, count(*) as links from link
        where environment = ${environment} and client_id = ${clientId}
          and session_ends_at >= ${now().getTime()} and session_ends_at < ${toMillis(to)}
          and state in ('active', 'suspended')
        group by hour order by hour`);
      return rows.map(({ hour, links }) => ({ hour: new Date(hour), links }));
    },
  };
}

/**
 * To be called before rows are deleted, those that expired before a time or those of an account, in the transaction that deletes
 * them. What was still on the way came no further.
 */
export async function tallyAttempts(
  { database, scope: { environment, clientId }, now }: Omit<Scoped, 'keyRing'>,
  of: { readonly expiredBefore: Date } | { readonly appUserId: string },
): Promise<void> {
  const [before, appUserId] =
    'appUserId' in of ? [Number.MAX_SAFE_INTEGER, of.appUserId] : [of.expiredBefore.getTime(), null];
  const tallied = await database.run(sql`
    insert into attempt_tally (environment, client_id, hour, step, ending, attempts)
    select environment, client_id, created_at - created_at % ${HOUR_MS}, step,
      case when step <> 'confirmed' then coalesce(ending, ending_then) end, count(*)
    from attempt
    where environment = ${environment} and client_id = ${clientId} and expires_at < ${before}
      and app_user_id = coalesce(${appUserId}, app_user_id)
    group by 1, 2, 3, 4, 5`);
  if (tallied === 0) return;
  await database.run(sql`
    delete from attempt_tally
    where environment = ${environment} and client_id = ${clientId} and hour < ${now().getTime() - KEPT_MS}`);
}
