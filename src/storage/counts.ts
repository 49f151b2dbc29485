/** How much there is of everything that somebody may have to look after, in SQL. */

import type { GrantHealth, LinkState } from '../model.ts';
import type { Scoped } from './scoped.ts';
import { sql } from './sql.ts';
import type { Store } from './store.ts';

export function counts({ database, scope: { environment, clientId }, now }: Scoped): Pick<Store, 'counts'> {
  return {
    async counts() {
      // The health of `link-row.ts`. Of nearly all links it is known from where they are not: the others are few, and in
      // indexes, so that a million are counted without being read.
      const links = await database.all<{ state: LinkState; health: GrantHealth; links: number }>(sql`
        with unusual (state, health) as (
          select state, case
            when access_token_expires_at is null then 'ended'
            when lease_until is not null and lease_until > ${now().getTime()} then 'refreshing'
            when refresh_sent_at is null then 'fresh'
            else 'unsure' end
          from link where environment = ${environment} and client_id = ${clientId}
            and state in ('proposed', 'suspended') and state <> 'active'
          union all
          select state, case
            when access_token_expires_at is null then 'ended'
            when lease_until is not null and lease_until > ${now().getTime()} then 'refreshing'
            else 'unsure' end
          from link where environment = ${environment} and client_id = ${clientId}
            and state = 'active' and (refresh_sent_at is not null or access_token_expires_at is null)
          union all
          select state, 'ended' from link where environment = ${environment} and client_id = ${clientId}
            and state in ('reauthorization_required', 'unlinked') and state <> 'active'
        )
        select state, health, count(*) as links from unusual group by state, health
        union all
        select 'active', 'fresh', count(*) - (select count(*) from unusual where state <> 'unlinked') from link
          where environment = ${environment} and client_id = ${clientId} and state <> 'unlinked'
          having count(*) > (select count(*) from unusual where state <> 'unlinked')
        order by state, health`);
      const letters = await database.get<{ letters: number }>(sql`
        select count(*) as letters from dead_letter where exists (
          select 1 from link_event event
          where event.event_id = dead_letter.event_id
            and event.environment = ${environment} and event.client_id = ${clientId})`);
      return { links, deadLetters: letters?.letters ?? 0 };
    },
  };
}
