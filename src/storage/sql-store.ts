/** The store over any SqlDatabase. */

import { apiKeys } from './api-keys.ts';
import { attempts, tallyAttempts } from './attempts.ts';
import { auditEntries, chain, record as recordEntry } from './audit-entries.ts';
import { consoleSessions } from './console-sessions.ts';
import { counts } from './counts.ts';
import { erasure } from './erasure.ts';
import { feed } from './feed.ts';
import { grants } from './grants.ts';
import { held } from './held.ts';
import { keptGrants } from './kept-grants.ts';
import { linkEvents } from './link-events.ts';
import type { LinkRow } from './link-row.ts';
import { linkSessions } from './link-sessions.ts';
import { links } from './links.ts';
import { pendingAuthorizations } from './pending-authorizations.ts';
import { forgetAnswers, repeatableAnswers } from './repeatable-answers.ts';
import type { Scoped } from './scoped.ts';
import { sealedRows } from './sealed-rows.ts';
import { type Sql, type SqlDatabase, sql, toMillis } from './sql.ts';
import type { Store, StoreTransaction } from './store.ts';
import { unsureLinks } from './unsure-links.ts';
import { webhookLines } from './webhook-lines.ts';

const KEPT_AFTER_EXPIRY_MS = 24 * 60 * 60 * 1000;
/** How long what happened waits for its place in the audit trail. */
const CHAIN_AFTER_MS = 1000;

export function sqlStore(plain: SqlDatabase, options: Omit<Scoped, 'database'>): Store {
  const chaining = soon(() => chain({ ...options, database: plain }));
  const database: SqlDatabase = {
    ...plain,
    async transaction(work) {
      const result = await plain.transaction(work);
      chaining.begin();
      return result;
    },
  };
  const { environment, clientId } = options.scope;

  function statements(connection: Sql): StoreTransaction {
    const scoped = { ...options, database: connection };
    return {
      ...linkSessions(scoped),
      ...pendingAuthorizations(scoped),
      ...links(scoped),
      ...linkEvents(scoped),
      ...grants(scoped),
      record: (entry) => recordEntry(scoped, entry),
    };
  }

  return {
    ...statements(database),
    ...sealedRows({ ...options, database }),
    ...unsureLinks({ ...options, database }),
    ...keptGrants({ ...options, database }),
    ...feed({ ...options, database }),
    ...webhookLines({ ...options, database }),
    ...apiKeys({ ...options, database }),
    ...repeatableAnswers({ ...options, database }),
    ...counts({ ...options, database }),
    ...attempts({ ...options, database }),
    ...consoleSessions({ ...options, database }),
    ...auditEntries({ ...options, database }),
    ...held({ ...options, database }),
    ...erasure({ ...options, database }),
    scope: options.scope,

    receiveRefresh() {},

    spooled: async () => 0,

    // An answer without a refresh token has an event beside it.
    commitRefresh: (lease, tokenSet) =>
      tokenSet.refreshToken === undefined
        ? database.transaction((tx) => statements(tx).commitRefresh(lease, tokenSet))
        : statements(database).commitRefresh(lease, tokenSet),

    announceSessionEndings: ({ grantedBefore, lengthMs, limit }) =>
      database.transaction(async (tx) => {
        const announced = await tx.all<Pick<LinkRow, 'id'>>(sql`
          update link set session_ends_at = granted_at + ${lengthMs}, version = version + 1
          where id in (
            select id from link
            where environment = ${environment} and client_id = ${clientId}
              and session_ends_at is null and refreshable = 1 and state in ('active', 'suspended')
              and granted_at < ${toMillis(grantedBefore)}
            order by granted_at limit ${limit})
          returning id`);
        const event = { type: 'link.session_ending', at: options.now(), reason: 'session-length' } as const;
        for (const { id } of announced)
          await statements(tx).addEvent({ linkId: id, by: 'service', ...event });
        return announced.length;
      }),

    async takeTurn({ name, owner, forMs }) {
      const at = options.now().getTime();
      const taken = await database.run(sql`
        insert into turn (environment, client_id, name, owner, until)
        values (${environment}, ${clientId}, ${name}, ${owner}, ${at + forMs})
        on conflict (environment, client_id, name) do update set owner = excluded.owner, until = excluded.until
        where turn.owner = excluded.owner or turn.until <= ${at}`);
      return taken === 1;
    },

    transaction: (work) => database.transaction((tx) => work(statements(tx))),

    // An event has an entry of the audit trail beside it.
    addEvent: (event) => database.transaction((tx) => statements(tx).addEvent(event)),

    async record(entry) {
      await statements(database).record(entry);
      chaining.begin();
    },

    purgeExpired: (now) =>
      database.transaction(async (tx) => {
        await tx.run(sql`
          update pending_authorization set
            step = 'refused', refusal = 'state-expired', code = null, code_verifier = null, token_set = null,
            expected = null
          where environment = ${environment} and client_id = ${clientId}
            and expires_at < ${toMillis(now)} and step in ('answered', 'exchanging', 'exchanged')`);
        // Not refused, but too late for an answer: what was expected is of no use to it.
        await tx.run(sql`
          update pending_authorization set expected = null
          where environment = ${environment} and client_id = ${clientId}
            and expires_at < ${toMillis(now)} and step = 'asked'`);
        await tallyAttempts({ ...options, database: tx }, new Date(now.getTime() - KEPT_AFTER_EXPIRY_MS));
        const authorizations = await tx.run(sql`
          delete from pending_authorization
          where environment = ${environment} and client_id = ${clientId}
            and expires_at < ${now.getTime() - KEPT_AFTER_EXPIRY_MS}`);
        await tx.run(sql`
          update link_session set secrets = null
          where environment = ${environment} and client_id = ${clientId} and expires_at < ${toMillis(now)}`);
        const linkSessions = await tx.run(sql`
          delete from link_session
          where environment = ${environment} and client_id = ${clientId}
            and expires_at < ${now.getTime() - KEPT_AFTER_EXPIRY_MS}
            and not exists (select 1 from pending_authorization where link_session_id = link_session.id)`);
        await forgetAnswers({ ...options, database: tx });
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
          await addEvent({ linkId: id, type: 'link.unlinked', at, by: 'service', ...end });
          proposals += 1;
        }
        return { authorizations, linkSessions, proposals };
      }),

    giveUp: (keyId, by) =>
      database.transaction(async (tx) => {
        const { changeLink, addEvent, endPendingAuthorization, record } = statements(tx);
        const at = options.now();
        const reason = 'no-refresh-token';
        const links = await tx.all<Pick<LinkRow, 'id' | 'version' | 'state'>>(sql`
          select id, version, state from link
          where environment = ${environment} and client_id = ${clientId}
            and token_set is not null and token_set_sealed_with = ${keyId}`);
        for (const { id, version, state } of links) {
          const next = state === 'proposed' ? 'unlinked' : 'reauthorization_required';
          await changeLink(id, version, { state: next, reason, tokenSet: null });
          if (next !== state) await addEvent({ linkId: id, type: `link.${next}`, at, by, reason });
        }
        const authorizations = await tx.all<{ id: string }>(sql`
          select id from pending_authorization
          where environment = ${environment} and client_id = ${clientId}
            and (code_sealed_with = ${keyId} or code_verifier_sealed_with = ${keyId}
              or token_set_sealed_with = ${keyId} or expected_sealed_with = ${keyId})`);
        for (const { id } of authorizations) {
          await endPendingAuthorization(id, { step: 'refused', refusal: 'exchange-interrupted' });
        }
        await tx.run(sql`
          update link_session set secrets = null
          where environment = ${environment} and client_id = ${clientId} and secrets_sealed_with = ${keyId}`);
        await record({ act: 'key.given_up', by, reference: keyId, count: links.length });
        return { links: links.length, authorizations: authorizations.length };
      }),

    async close() {
      await chaining.end();
      await database.close();
    },
  };
}

/**
 * Does `work` a moment after it was asked for, once for all who asked, and at the end. A failure is nobody's: what it did not do,
 * the next one does. It keeps no process alive.
 */
function soon(work: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  function run(): void {
    timer = undefined;
    running = work().catch(() => undefined);
  }

  return {
    begin(): void {
      timer ??= setTimeout(run, CHAIN_AFTER_MS).unref();
    },
    async end(): Promise<void> {
      await running;
      if (timer === undefined) return;
      clearTimeout(timer);
      run();
      await running;
    },
  };
}
