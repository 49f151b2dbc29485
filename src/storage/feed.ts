/**
 * The feed, in SQL. Whoever reads it first gives a position to the events that have none: one transaction at a time, after
 * those of the events are over, so that nothing ever appears before what a reader has seen
 * (docs/decisions/0012-the-order-of-events.md).
 */

import type { FeedEvent, LinkEventType, LinkState, PublicId } from '../model.ts';
import type { Outward } from './outward.ts';
import type { Scoped } from './scoped.ts';
import { type SqlDatabase, sql } from './sql.ts';

/** Of one transaction. */
const PAGE = 2000;

export interface FeedRow {
  readonly event_id: string;
  readonly app_user_id: string;
  readonly link_id: string | null;
  readonly public_id: PublicId | null;
  readonly type: LinkEventType;
  readonly at: number;
  readonly reason: string | null;
  readonly state: LinkState | null;
  readonly position: number;
}

/** What every part of the store that keeps its own order of things needs: a database that has transactions. */
export type ScopedDatabase = Omit<Scoped, 'database'> & { readonly database: SqlDatabase };

export function feed(scoped: ScopedDatabase): Pick<Outward, 'listFeed'> {
  const { database } = scoped;
  const { environment, clientId } = scoped.scope;
  return {
    async listFeed({ after, limit }) {
      await publish(scoped);
      const last = after === undefined ? { position: 0 } : await positionOf(after);
      if (!last) return undefined;
      const rows = await database.all<FeedRow>(sql`
        select event.*, link.public_id from link_event event left join link on link.id = event.link_id
        where event.environment = ${environment} and event.client_id = ${clientId}
          and event.position > ${last.position}
        order by event.position limit ${limit}`);
      return rows.map(toFeedEvent);
    },
  };

  function positionOf(eventId: string): Promise<{ position: number } | undefined> {
    return database.get(sql`
      select position from link_event
      where environment = ${environment} and client_id = ${clientId}
        and event_id = ${eventId} and position is not null
      union all
      select position from erased_event
      where environment = ${environment} and client_id = ${clientId} and event_id = ${eventId}`);
  }
}

/** Gives every event that has been committed a position behind all that have one, in the order of their ids. */
export async function publish({ database, scope: { environment, clientId } }: ScopedDatabase): Promise<void> {
  for (;;) {
    // In an order, or SQLite takes another index and walks through all of history to find none.
    const waiting = await database.get(sql`
      select id from link_event
      where environment = ${environment} and client_id = ${clientId} and position is null
      order by id limit 1`);
    if (!waiting) return;
    await database.transaction(async (tx) => {
      // First of all the row over which those who publish at the same time take turns.
      const row = await tx.get<{ last_position: number }>(sql`
        insert into feed (environment, client_id, last_position) values (${environment}, ${clientId}, 0)
        on conflict (environment, client_id) do update set last_position = feed.last_position
        returning last_position`);
      const published = await tx.run(sql`
        update link_event set position = ${row?.last_position ?? 0} + waiting.place
        from (
          select id, row_number() over (order by id) as place from link_event
          where environment = ${environment} and client_id = ${clientId} and position is null
          order by id limit ${PAGE}
        ) as waiting
        where link_event.id = waiting.id`);
      await tx.run(sql`
        update feed set last_position = last_position + ${published}
        where environment = ${environment} and client_id = ${clientId}`);
    });
  }
}

export function toFeedEvent(row: FeedRow): FeedEvent {
  return {
    id: row.event_id,
    appUserId: row.app_user_id,
    ...(row.link_id !== null && { linkId: row.link_id }),
    ...(row.public_id !== null && { publicId: row.public_id }),
    type: row.type,
    at: new Date(row.at),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.state !== null && { state: row.state }),
  };
}
