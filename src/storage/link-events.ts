/** The history of links, and of accounts that have none, in SQL. */

import { randomUUID } from 'node:crypto';
import type { LinkEvent, LinkEventType } from '../model.ts';
import { record } from './audit-entries.ts';
import type { Scoped } from './scoped.ts';
import { type Query, sql, toMillis } from './sql.ts';
import type { StoreTransaction } from './store.ts';

interface EventRow {
  readonly app_user_id: string;
  readonly link_id: string | null;
  readonly type: LinkEventType;
  readonly at: number;
  readonly reason: string | null;
}

export function linkEvents(
  scoped: Scoped,
): Pick<StoreTransaction, 'addEvent' | 'listEvents' | 'listAccountEvents'> {
  const { database } = scoped;
  const { environment, clientId } = scoped.scope;

  async function history(query: Query): Promise<readonly LinkEvent[]> {
    return (await database.all<EventRow>(query)).map((row) => ({
      appUserId: row.app_user_id,
      ...(row.link_id !== null && { linkId: row.link_id }),
      type: row.type,
      at: new Date(row.at),
      ...(row.reason !== null && { reason: row.reason }),
    }));
  }

  async function accountOf(linkId: string): Promise<string> {
    const row = await database.get<Pick<EventRow, 'app_user_id'>>(sql`
      select app_user_id from link where environment = ${environment} and client_id = ${clientId} and id = ${linkId}`);
    return row?.app_user_id ?? '';
  }

  return {
    async addEvent({ type, at, reason, by, ...about }) {
      const eventId = randomUUID();
      const told = { act: type, by, ...(reason !== undefined && { reason }) };
      if (about.linkId === undefined) {
        await database.run(sql`
          insert into link_event (event_id, environment, client_id, app_user_id, type, at, reason)
          values (${eventId}, ${environment}, ${clientId}, ${about.appUserId}, ${type}, ${toMillis(at)},
            ${reason ?? null})`);
        return record(scoped, { ...told, reference: eventId }, at);
      }
      const appUserId = about.appUserId ?? (await accountOf(about.linkId));
      const added = await database.run(sql`
        insert into link_event (event_id, environment, client_id, app_user_id, link_id, type, at, reason, granted_at,
          state)
        select ${eventId}, environment, client_id, app_user_id, id, ${type}, ${toMillis(at)}, ${reason ?? null},
          granted_at, state
        from link
        where environment = ${environment} and client_id = ${clientId}
          and app_user_id = ${appUserId} and id = ${about.linkId}`);
      if (added === 0) throw new Error(`an event of the link ${about.linkId}, which is not there`);
      await record(scoped, { ...told, linkId: about.linkId }, at);
    },

    listEvents: (linkId) =>
      history(sql`
        select app_user_id, link_id, type, at, reason from link_event
        where environment = ${environment} and client_id = ${clientId} and link_id = ${linkId}
        order by id`),

    listAccountEvents: (appUserId) =>
      history(sql`
        select app_user_id, link_id, type, at, reason from link_event
        where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
        order by id`),
  };
}
