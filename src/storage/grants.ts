/**
 * Refreshing, in SQL. A refresh token may be spent once, so before it is sent one statement says by whom and until when
 * its answer is awaited; the fence it counts up is what the answer must name to be saved.
 */

import { type LinkRow, tokenColumns, tokenSetIdentity, toLink } from './link-row.ts';
import type { Scoped } from './scoped.ts';
import { sql, toMillis } from './sql.ts';
import type { StoreTransaction } from './store.ts';
import { openTokenSet } from './token-set.ts';

type Grants = Pick<StoreTransaction, 'findGrant' | 'leaseRefresh' | 'commitRefresh' | 'releaseRefresh'>;

export function grants({ database, scope: { environment, clientId }, keyRing, now }: Scoped): Grants {
  return {
    async findGrant(linkId) {
      const row = await database.get<LinkRow>(sql`
        select * from link where environment = ${environment} and client_id = ${clientId} and id = ${linkId}`);
      if (!row || row.token_set === null) return undefined;
      return {
        link: toLink(row, now()),
        tokenSet: openTokenSet(keyRing, tokenSetIdentity(row.id), row.token_set),
        ...(row.refresh_sent_at !== null && { refreshSentAt: new Date(row.refresh_sent_at) }),
        ...(row.lease_until !== null && { leaseUntil: new Date(row.lease_until) }),
      };
    },

    async leaseRefresh(lease) {
      const row = await database.get<LinkRow>(sql`
        update link set
          lease_owner = ${lease.owner}, lease_until = ${toMillis(lease.until)},
          fence = fence + 1, version = version + 1,
          unanswered_refresh_sent_at = coalesce(unanswered_refresh_sent_at, refresh_sent_at),
          refresh_sent_at = ${toMillis(lease.now)}
        where environment = ${environment} and client_id = ${clientId}
          and id = ${lease.linkId} and version = ${lease.version} and token_set is not null
          and (lease_until is null or lease_until <= ${toMillis(lease.now)})
        returning *`);
      if (!row || row.token_set === null) return undefined;
      return {
        linkId: row.id,
        owner: lease.owner,
        fence: row.fence,
        version: row.version,
        tokenSet: openTokenSet(keyRing, tokenSetIdentity(row.id), row.token_set),
      };
    },

    async commitRefresh(lease, tokenSet) {
      const tokens = tokenColumns(keyRing, lease.linkId, tokenSet);
      // Not by version: what else has changed meanwhile, such as a suspension, is no reason to lose the only live tokens.
      const row = await database.get<LinkRow>(sql`
        update link set
          token_set = ${tokens.token_set}, access_token_expires_at = ${tokens.access_token_expires_at},
          refreshable = ${tokens.refreshable}, version = version + 1,
          lease_owner = null, lease_until = null,
          refresh_sent_at = null, unanswered_refresh_sent_at = null
        where environment = ${environment} and client_id = ${clientId}
          and id = ${lease.linkId} and fence = ${lease.fence} and lease_owner = ${lease.owner}
        returning *`);
      return row && toLink(row, now());
    },

    async releaseRefresh(lease, answer) {
      const release =
        answer === 'unknown'
          ? sql`
            update link set lease_owner = null, lease_until = null, version = version + 1
            where environment = ${environment} and client_id = ${clientId}
              and id = ${lease.linkId} and fence = ${lease.fence} and lease_owner = ${lease.owner}`
          : sql`
            update link set lease_owner = null, lease_until = null, version = version + 1,
              refresh_sent_at = unanswered_refresh_sent_at
            where environment = ${environment} and client_id = ${clientId}
              and id = ${lease.linkId} and fence = ${lease.fence} and lease_owner = ${lease.owner}`;
      await database.run(release);
    },
  };
}
