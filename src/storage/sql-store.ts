/** The store over any SqlDatabase. */

import { grants } from './grants.ts';
import { linkEvents } from './link-events.ts';
import { links } from './links.ts';
import { pendingAuthorizations } from './pending-authorizations.ts';
import type { Scoped } from './scoped.ts';
import { type Sql, type SqlDatabase, sql, toMillis } from './sql.ts';
import type { Store, StoreTransaction } from './store.ts';

const KEPT_AFTER_EXPIRY_MS = 24 * 60 * 60 * 1000;

export function sqlStore(database: SqlDatabase, options: Omit<Scoped, 'database'>): Store {
  const { environment, clientId } = options.scope;

  function statements(connection: Sql): StoreTransaction {
    const scoped = { ...options, database: connection };
    return { ...pendingAuthorizations(scoped), ...links(scoped), ...linkEvents(scoped), ...grants(scoped) };
  }

  return {
    ...statements(database),
    scope: options.scope,

    transaction: (work) => database.transaction((tx) => work(statements(tx))),

    purgeExpired: (now) =>
      database.transaction(async (tx) => {
        await tx.run(sql`
          update pending_authorization set
            step = 'refused', refusal = 'state-expired', code = null, code_verifier = null, token_set = null
          where environment = ${environment} and client_id = ${clientId}
            and expires_at < ${toMillis(now)} and step in ('answered', 'exchanging', 'exchanged')`);
        const authorizations = await tx.run(sql`
          delete from pending_authorization
          where environment = ${environment} and client_id = ${clientId}
            and expires_at < ${now.getTime() - KEPT_AFTER_EXPIRY_MS}`);
        const expired = await tx.all<{ id: string; version: number }>(sql`
          select id, version from link
          where environment = ${environment} and client_id = ${clientId}
            and state = 'proposed' and proposal_expires_at < ${toMillis(now)}`);
        const { changeLink, addEvent } = statements(tx);
        const at = options.now();
        const end = { reason: 'proposal-expired' } as const;
        let proposals = 0;
        for (const { id, version } of expired) {
          // A database with many writers may have confirmed one since: then it is no longer ours to unlink.
          if (!(await changeLink(id, version, { state: 'unlinked', unlinkedAt: at, ...end }))) continue;
          await addEvent({ linkId: id, type: 'link.unlinked', at, ...end });
          proposals += 1;
        }
        return { authorizations, proposals };
      }),

    close: () => database.close(),
  };
}
