/** How much there is of everything that somebody may have to look after, in SQL. */

import type { GrantHealth, LinkState } from '../model.ts';
import type { Scoped } from './scoped.ts';
import { sql } from './sql.ts';
import type { Store } from './store.ts';

export function counts({ database, scope: { environment, clientId }, now }: Scoped): Pick<Store, 'counts'> {
  return {
    async counts() {
      // The health of `link-row.ts`, for all rows at once.
      const links = await database.all<{ state: LinkState; health: GrantHealth; links: number }>(sql`
        select state, health, count(*) as links from (
          select state, case
            when token_set is null or state = 'reauthorization_required' then 'ended'
            when lease_until is not null and lease_until > ${now().getTime()} then 'refreshing'
            when refresh_sent_at is null then 'fresh'
            else 'unsure' end as health
          from link where environment = ${environment} and client_id = ${clientId}) seen
        group by state, health order by state, health`);
      const letters = await database.get<{ letters: number }>(sql`
        select count(*) as letters from dead_letter
          join link_event event on event.event_id = dead_letter.event_id
        where event.environment = ${environment} and event.client_id = ${clientId}`);
      return { links, deadLetters: letters?.letters ?? 0 };
    },
  };
}
