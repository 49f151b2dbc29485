/**
 * The audit trail, in SQL. An entry is written in the transaction of what it tells of, and waits for nobody; after the commit
 * whoever comes first gives it its place and hash, one transaction at a time (docs/decisions/0013-the-audit-trail.md).
 */

import type { Act, Actor, AuditEntry } from '../model.ts';
import type { Audit, Chain, NewAuditEntry } from './audit.ts';
import { auditHash } from './audit-hash.ts';
import type { ScopedDatabase } from './feed.ts';
import type { Scoped } from './scoped.ts';
import { type Query, sql, toMillis } from './sql.ts';

/** Of one transaction. */
const PAGE = 200;

interface EntryRow {
  readonly id: number;
  readonly at: number;
  readonly actor: Actor;
  readonly act: Act;
  readonly link_id: string | null;
  readonly reference: string | null;
  readonly reason: string | null;
  readonly count: number | null;
  readonly position: number;
  readonly hash: string;
}

interface ChainRow {
  readonly purged_position: number;
  readonly purged_hash: string;
  readonly last_position: number;
  readonly last_hash: string;
}

/** The statement on a transaction's own connection. */
export async function record(
  { database, scope: { environment, clientId }, now }: Scoped,
  { act, by, linkId, reference, reason, count }: NewAuditEntry,
  at: Date = now(),
): Promise<void> {
  await database.run(sql`
    insert into audit_entry (environment, client_id, at, actor, act, link_id, reference, reason, count)
    values (${environment}, ${clientId}, ${toMillis(at)}, ${by}, ${act}, ${linkId ?? null}, ${reference ?? null},
      ${reason ?? null}, ${count ?? null})`);
}

export function auditEntries(scoped: ScopedDatabase): Audit {
  const { database } = scoped;
  const { environment, clientId } = scoped.scope;

  function page(
    { linkId, appUserId }: Parameters<Audit['listAudit']>[0],
    after: number,
    limit: number,
  ): Query {
    if (linkId !== undefined) {
      return sql`
        select * from audit_entry
        where environment = ${environment} and client_id = ${clientId}
          and link_id = ${linkId} and position > ${after}
        order by position limit ${limit}`;
    }
    if (appUserId !== undefined) {
      return sql`
        select * from (
          select entry.* from (
            select id from link
            where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
              and state <> 'unlinked'
            union all
            select id from link
            where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
              and state = 'unlinked'
          ) account_link join audit_entry entry on entry.link_id = account_link.id
          where entry.environment = ${environment} and entry.client_id = ${clientId} and entry.position > ${after}
          union all
          select entry.* from link_event event join audit_entry entry on entry.reference = event.event_id
          where event.environment = ${environment} and event.client_id = ${clientId}
            and event.app_user_id = ${appUserId} and event.link_id is null
            and entry.environment = ${environment} and entry.client_id = ${clientId} and entry.position > ${after}
        ) account_entry
        order by position limit ${limit}`;
    }
    return sql`
      select * from audit_entry
      where environment = ${environment} and client_id = ${clientId} and position > ${after}
      order by position limit ${limit}`;
  }

  async function chainRow(): Promise<ChainRow> {
    const row = await database.get<ChainRow>(sql`
      select * from audit_chain where environment = ${environment} and client_id = ${clientId}`);
    return row ?? { purged_position: 0, purged_hash: '', last_position: 0, last_hash: '' };
  }

  return {
    async listAudit({ after = 0, limit, ...which }) {
      await chain(scoped);
      return (await database.all<EntryRow>(page({ limit, ...which }, after, limit))).map(toEntry);
    },

    async auditChain(): Promise<Chain> {
      await chain(scoped);
      const row = await chainRow();
      return {
        anchor: { position: row.purged_position, hash: row.purged_hash },
        head: { position: row.last_position, hash: row.last_hash },
      };
    },

    async purgeAudit({ before, limit }) {
      await chain(scoped);
      return database.transaction(async (tx) => {
        const oldest = await tx.all<EntryRow>(sql`
          select * from audit_entry
          where environment = ${environment} and client_id = ${clientId} and position is not null
          order by position limit ${limit}`);
        const kept = oldest.findIndex(({ at }) => at >= before.getTime());
        const count = kept < 0 ? oldest.length : kept;
        const last = oldest[count - 1];
        if (!last) return 0;
        await tx.run(sql`
          update audit_chain set purged_position = ${last.position}, purged_hash = ${last.hash}
          where environment = ${environment} and client_id = ${clientId}`);
        await tx.run(sql`
          delete from audit_entry
          where environment = ${environment} and client_id = ${clientId} and position <= ${last.position}`);
        await record({ ...scoped, database: tx }, { act: 'audit.purged', by: 'service', count });
        return count;
      });
    },
  };
}

/** Gives every entry that has been committed its place in the chain, in the order of their ids. */
export async function chain({ database, scope }: Pick<ScopedDatabase, 'database' | 'scope'>): Promise<void> {
  const { environment, clientId } = scope;
  for (;;) {
    // In an order, or SQLite takes another index and walks through all of the trail to find none.
    const waiting = await database.get(sql`
      select id from audit_entry
      where environment = ${environment} and client_id = ${clientId} and position is null
      order by id limit 1`);
    if (!waiting) return;
    await database.transaction(async (tx) => {
      // First of all the row over which those who chain at the same time take turns.
      const head = await tx.get<ChainRow>(sql`
        insert into audit_chain (environment, client_id) values (${environment}, ${clientId})
        on conflict (environment, client_id) do update set last_position = audit_chain.last_position
        returning *`);
      let { last_position: position = 0, last_hash: hash = '' } = head ?? {};
      const rows = await tx.all<EntryRow>(sql`
        select * from audit_entry
        where environment = ${environment} and client_id = ${clientId} and position is null
        order by id limit ${PAGE}`);
      for (const row of rows) {
        position += 1;
        hash = auditHash(hash, scope, toEntry({ ...row, position }));
        await tx.run(sql`
          update audit_entry set position = ${position}, hash = ${hash}
          where environment = ${environment} and client_id = ${clientId} and id = ${row.id}`);
      }
      await tx.run(sql`
        update audit_chain set last_position = ${position}, last_hash = ${hash}
        where environment = ${environment} and client_id = ${clientId}`);
    });
  }
}

function toEntry(row: EntryRow): AuditEntry {
  return {
    position: row.position,
    at: new Date(row.at),
    actor: row.actor,
    act: row.act,
    ...(row.link_id !== null && { linkId: row.link_id }),
    ...(row.reference !== null && { reference: row.reference }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.count !== null && { count: row.count }),
    hash: row.hash,
  };
}
