/** The history of links, in SQL. */

import type { LinkEvent, LinkEventType } from '../model.ts';
import type { Scoped } from './scoped.ts';
import { sql, toMillis } from './sql.ts';
import type { StoreTransaction } from './store.ts';

interface EventRow {
  readonly link_id: string;
  readonly type: LinkEventType;
  readonly at: number;
  readonly reason: string | null;
}

export function linkEvents({
  database,
  scope: { environment, clientId },
}: Scoped): Pick<StoreTransaction, 'addEvent' | 'listEvents'> {
  return {
    async addEvent({ linkId, type, at, reason }) {
      const added = await database.run(sql`
        insert into link_event (link_id, type, at, reason, granted_at)
        select id, ${type}, ${toMillis(at)}, ${reason ?? null}, granted_at from link
        where environment = ${environment} and client_id = ${clientId} and id = ${linkId}`);
      if (added === 0) throw new Error(`an event of the link ${linkId}, which is not there`);
    },

    async listEvents(linkId) {
      const rows = await database.all<EventRow>(sql`
        select e.link_id, e.type, e.at, e.reason from link_event e join link l on l.id = e.link_id
        where l.environment = ${environment} and l.client_id = ${clientId} and l.id = ${linkId}
        order by e.id`);
      return rows.map(
        (row): LinkEvent => ({
          linkId: row.link_id,
          type: row.type,
          at: new Date(row.at),
          ...(row.reason !== null && { reason: row.reason }),
        }),
      );
    },
  };
}
