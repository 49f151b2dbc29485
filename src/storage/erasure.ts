/** Deletes what is stored of a person, in SQL; `docs/decisions/0014-erasure.md` says what stays and why. */

import { record } from './audit-entries.ts';
import type { ScopedDatabase } from './feed.ts';
import type { People } from './people.ts';
import { type Sql, sql, toMillis } from './sql.ts';

/** How long a reader of the feed may ask for what came after an event that has been erased. */
const TOMBSTONE_MS = 365 * 24 * 60 * 60 * 1000;

export function erasure(scoped: ScopedDatabase): Pick<People, 'erasePerson' | 'eraseUnlinked' | 'rewrite'> {
  const { database, now } = scoped;
  const { environment, clientId } = scoped.scope;

  return {
    rewrite: () => database.rewrite(),

    async erasePerson(appUserId, by) {
      const erased = await database.transaction(async (tx) => {
        const links = await tx.all<{ id: string; public_id: string }>(sql`
          select id, public_id from link
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
            and state <> 'unlinked'
          union all
          select id, public_id from link
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
            and state = 'unlinked'
          order by id`);
        const happened = await tx.all<EventRow>(sql`
          select event_id, position from link_event
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}`);
        for (const event of happened) await eraseEvent(tx, event);
        const lines = await tx.run(sql`
          delete from webhook_line
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}`);
        const authorizations = await tx.run(sql`
          delete from pending_authorization
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}`);
        const linkSessions = await tx.run(sql`
          delete from link_session
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}`);
        for (const { id } of links) await eraseLink(tx, id);
        const rows = links.length + happened.length + lines + authorizations + linkSessions;
        const references = links.length === 0 && rows > 0 ? [{}] : links.map(({ id }) => ({ linkId: id }));
        for (const reference of references) {
          await record({ ...scoped, database: tx }, { act: 'person.erased', by, ...reference });
        }
        return { links, events: happened.length, authorizations, linkSessions };
      });
      const { links } = erased;
      const expunged = await database.expunged([appUserId, ...links.map(({ public_id }) => public_id)]);
      return { ...erased, links: links.map(({ id }) => id), spooled: 0, expunged };
    },

    eraseUnlinked: ({ before, limit }) =>
      database.transaction(async (tx) => {
        const links = await tx.all<{ id: string; app_user_id: string }>(sql`
          select id, app_user_id from link
          where environment = ${environment} and client_id = ${clientId}
            and state = 'unlinked' and unlinked_at < ${toMillis(before)}
          order by unlinked_at limit ${limit}`);
        for (const { id } of links) {
          const happened = await tx.all<EventRow>(sql`
            select event_id, position from link_event
            where environment = ${environment} and client_id = ${clientId} and link_id = ${id}
            order by id`);
          for (const event of happened) await eraseEvent(tx, event);
          await tx.run(sql`
            delete from pending_authorization
            where environment = ${environment} and client_id = ${clientId} and link_id = ${id}`);
          await eraseLink(tx, id);
          await record({ ...scoped, database: tx }, { act: 'link.erased', by: 'service', linkId: id });
        }
        const unlinked = await tx.all<EventRow & { app_user_id: string }>(sql`
          select event_id, position, app_user_id from link_event
          where environment = ${environment} and client_id = ${clientId}
            and link_id is null and at < ${toMillis(before)}
          order by at limit ${limit}`);
        for (const event of unlinked) await eraseEvent(tx, event);
        for (const { app_user_id } of [...links, ...unlinked]) {
          await tx.run(sql`
            delete from webhook_line
            where environment = ${environment} and client_id = ${clientId} and app_user_id = ${app_user_id}
              and not exists (
                select 1 from link_event
                where environment = ${environment} and client_id = ${clientId} and app_user_id = ${app_user_id})`);
        }
        await tx.run(sql`
          delete from erased_event
          where environment = ${environment} and client_id = ${clientId}
            and erased_at < ${now().getTime() - TOMBSTONE_MS}`);
        return links.length + unlinked.length;
      }),
  };

  async function eraseLink(tx: Sql, id: string): Promise<void> {
    await tx.run(sql`
      delete from link where environment = ${environment} and client_id = ${clientId} and id = ${id}`);
  }

  async function eraseEvent(tx: Sql, { event_id, position }: EventRow): Promise<void> {
    // One that nobody has seen yet is nobody's place in the feed.
    if (position !== null) {
      await tx.run(sql`
        insert into erased_event (environment, client_id, event_id, position, erased_at)
        values (${environment}, ${clientId}, ${event_id}, ${position}, ${now().getTime()})`);
    }
    await tx.run(sql`
      delete from dead_letter
      where event_id = ${event_id} and exists (
        select 1 from link_event
        where environment = ${environment} and client_id = ${clientId} and event_id = ${event_id})`);
    await tx.run(sql`
      delete from link_event
      where environment = ${environment} and client_id = ${clientId} and event_id = ${event_id}`);
  }
}

interface EventRow {
  readonly event_id: string;
  readonly position: number | null;
}
