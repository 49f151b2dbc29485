/** Which grants have not been used for long, and which are about to end, in SQL. */

import { type LinkRow, toLink } from './link-row.ts';
import type { Scoped } from './scoped.ts';
import { sql, toMillis } from './sql.ts';
import type { Store } from './store.ts';

export function keptGrants({
  database,
  scope: { environment, clientId },
  now,
}: Scoped): Pick<Store, 'unusedGrants' | 'countUnusedGrants' | 'expiredSessionLengths'> {
  return {
    async unusedGrants({ before, after, limit }) {
      const [expiresAt, id] = after === undefined ? [0, ''] : placeFrom(after);
      const rows = await database.all<LinkRow>(sql`
        select * from link
        where environment = ${environment} and client_id = ${clientId}
          and refreshable = 1 and state in ('active', 'suspended')
          and access_token_expires_at <= ${toMillis(before)} and (access_token_expires_at, id) > (${expiresAt}, ${id})
        order by access_token_expires_at, id limit ${limit}`);
      const last = rows.length === limit ? rows.at(-1) : undefined;
      const at = now();
      return {
        links: rows.map((row) => toLink(row, at)),
        ...(last && { next: `${last.access_token_expires_at} ${last.id}` }),
      };
    },

    async countUnusedGrants(before) {
      const row = await database.get<{ count: number }>(sql`
        select count(*) as count from link
        where environment = ${environment} and client_id = ${clientId}
          and refreshable = 1 and state in ('active', 'suspended')
          and access_token_expires_at <= ${toMillis(before)}`);
      return row?.count ?? 0;
    },

    async expiredSessionLengths(limit) {
      const rows = await database.all<{ length: number }>(sql`
        select at - granted_at as length from link_event
        where environment = ${environment} and client_id = ${clientId}
          and reason = 'api-session-expired' and granted_at is not null
        order by id desc limit ${limit}`);
      return rows.map(({ length }) => length);
    },
  };
}

function placeFrom(after: string): [number, string] {
  const [expiresAt = '', id = ''] = after.split(' ');
  return [Number(expiresAt), id];
}
