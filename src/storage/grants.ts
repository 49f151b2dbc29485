/**
 * Refreshing, in SQL. A refresh token may be spent once, so before it is sent one statement says by whom and until when
 * its answer is awaited; the fence it counts up is what the answer must name to be saved.
 */

import { linkEvents } from './link-events.ts';
import {
  type LinkRow,
  refreshTokenHash,
  type SeenLinkRow,
  tokenColumns,
  tokenSetIdentity,
  toLink,
} from './link-row.ts';
import type { Scoped } from './scoped.ts';
import { sql } from './sql.ts';
import type { Grant, StoreTransaction } from './store.ts';
import { openTokenSet } from './token-set.ts';

type Grants = Pick<
  StoreTransaction,
  'findGrant' | 'findGrantOf' | 'leaseRefresh' | 'commitRefresh' | 'releaseRefresh'
>;

export function grants(scoped: Scoped): Grants {
  const { database, keyRing, now } = scoped;
  const { environment, clientId } = scoped.scope;

  function toGrant(row: SeenLinkRow, at = now(), link = toLink(row, at)): Grant | undefined {
    if (row.token_set === null) return undefined;
    return {
      link,
      tokenSet: openTokenSet(keyRing, tokenSetIdentity(row.id), row.token_set),
      ...(row.refresh_sent_at !== null && { refreshSentAt: new Date(row.refresh_sent_at) }),
      leased: row.lease_until !== null && row.lease_until > at.getTime(),
    };
  }

  return {
    async findGrant(linkId) {
      const row = await database.get<LinkRow>(sql`
        select * from link where environment = ${environment} and client_id = ${clientId} and id = ${linkId}`);
      return row && toGrant(row);
    },

    async findGrantOf(appUserId) {
      // What every call for a patient begins with: it names its columns, which makes it twice as fast on SQLite.
      const row = await database.get<SeenLinkRow>(sql`
        select id, environment, client_id, app_user_id, public_id, state, reason, granted_at, confirmed_at,
          unlinked_at, proposal_expires_at, comparison, token_set, access_token_expires_at, refreshable, last_used_at,
          session_ends_at, version, lease_until, refresh_sent_at
        from link
        where environment = ${environment} and client_id = ${clientId}
          and app_user_id = ${appUserId} and state <> 'unlinked'`);
      if (!row) return undefined;
      const at = now();
      const link = toLink(row, at);
      return { link, grant: toGrant(row, at, link) };
    },

    async leaseRefresh(lease) {
      // By the store's clock, not the caller's: two machines that disagree about the time must not both hold it.
      const at = now().getTime();
      const row = await database.get<LinkRow>(sql`
        update link set
          lease_owner = ${lease.owner}, lease_until = ${at + lease.forMs},
          fence = fence + 1, version = version + 1,
          unanswered_refresh_sent_at = coalesce(unanswered_refresh_sent_at, refresh_sent_at),
          refresh_sent_at = ${at}, last_used_at = coalesce(${lease.usedAt?.getTime() ?? null}, last_used_at)
        where environment = ${environment} and client_id = ${clientId}
          and app_user_id = ${lease.appUserId} and id = ${lease.linkId} and version = ${lease.version} and token_set is not null
          and (lease_until is null or lease_until <= ${at})
        returning *`);
      if (!row || row.token_set === null) return undefined;
      return {
        linkId: row.id,
        appUserId: row.app_user_id,
        owner: lease.owner,
        fence: row.fence,
        version: row.version,
        tokenSet: openTokenSet(keyRing, tokenSetIdentity(row.id), row.token_set),
      };
    },

    async commitRefresh(lease, tokenSet) {
      const tokens = tokenColumns(keyRing, lease.linkId, tokenSet);
      // Not by version: what else has changed meanwhile, such as a suspension, is no reason to lose the only live tokens.
      // Not by lease: an answer that comes late, or from the spool, is as good as long as the token it was given for is
      // still the one in the row. Tokens of a newer refresh or grant, or none, are no longer that one.
      const spent = lease.tokenSet.refreshToken;
      if (spent === undefined) return undefined;
      const row = await database.get<LinkRow>(sql`
        update link set
          token_set = ${tokens.token_set}, refresh_token_hash = ${tokens.refresh_token_hash},
          access_token_expires_at = ${tokens.access_token_expires_at}, refreshable = ${tokens.refreshable},
          session_ends_at = coalesce(${tokens.session_ends_at}, session_ends_at), version = version + 1,
          lease_owner = null, lease_until = null,
          refresh_sent_at = null, unanswered_refresh_sent_at = null
        where environment = ${environment} and client_id = ${clientId}
          and app_user_id = ${lease.appUserId} and id = ${lease.linkId} and refresh_token_hash = ${refreshTokenHash(spent)}
        returning *`);
      if (row && tokens.session_ends_at !== null) {
        const event = { type: 'link.session_ending', at: now(), reason: 'no-refresh-token' } as const;
        await linkEvents(scoped).addEvent({
          linkId: row.id,
          appUserId: row.app_user_id,
          by: 'service',
          ...event,
        });
      }
      return row && toLink(row, now());
    },

    async releaseRefresh(lease, answer) {
      const release =
        answer === 'unknown'
          ? sql`
            update link set lease_owner = null, lease_until = null, version = version + 1
            where environment = ${environment} and client_id = ${clientId}
              and app_user_id = ${lease.appUserId} and id = ${lease.linkId} and fence = ${lease.fence} and lease_owner = ${lease.owner}`
          : sql`
            update link set lease_owner = null, lease_until = null, version = version + 1,
              refresh_sent_at = unanswered_refresh_sent_at
            where environment = ${environment} and client_id = ${clientId}
              and app_user_id = ${lease.appUserId} and id = ${lease.linkId} and fence = ${lease.fence} and lease_owner = ${lease.owner}`;
      await database.run(release);
    },
  };
}
