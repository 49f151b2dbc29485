/** Link sessions in SQL. Whose a session is, is decided by one update that names what must still be so. */

import type { Language, LinkSession, LinkSessionPage } from '../model.ts';
import type { Scoped } from './scoped.ts';
import { open, seal } from './seal.ts';
import { type Query, sql, toMillis } from './sql.ts';
import type { LinkSessionSecrets, StoreTransaction } from './store.ts';

export interface LinkSessionRow {
  readonly id: string;
  readonly app_user_id: string;
  readonly return_url: string;
  readonly page: LinkSessionPage;
  readonly language: Language | null;
  readonly created_at: number;
  readonly expires_at: number;
  readonly browser_session_hash: string | null;
  readonly asked_at: number | null;
  readonly completed_at: number | null;
  readonly refusal: string | null;
  readonly secrets: string | null;
}

type LinkSessions = Pick<
  StoreTransaction,
  | 'addLinkSession'
  | 'findLinkSession'
  | 'linkSessionSecrets'
  | 'arriveAtLinkSession'
  | 'askInLinkSession'
  | 'completeLinkSession'
  | 'dropLinkSession'
>;

export function linkSessions({ database, scope: { environment, clientId }, keyRing }: Scoped): LinkSessions {
  async function one(query: Query): Promise<LinkSession | undefined> {
    const row = await database.get<LinkSessionRow>(query);
    return row && toLinkSession(row);
  }

  return {
    async addLinkSession(session) {
      const secrets = seal(keyRing, secretsIdentity(session.id), JSON.stringify(session.secrets));
      await database.run(sql`
        insert into link_session (id, environment, client_id, secret_hash, app_user_id, return_url, page, language,
          created_at, expires_at, secrets)
        values (${session.id}, ${environment}, ${clientId}, ${session.secretHash}, ${session.appUserId},
          ${session.returnUrl}, ${session.page}, ${session.language ?? null},
          ${toMillis(session.createdAt)}, ${toMillis(session.expiresAt)}, ${secrets})`);
    },

    findLinkSession(by) {
      if ('id' in by) {
        return one(sql`
          select * from link_session
          where environment = ${environment} and client_id = ${clientId} and id = ${by.id}`);
      }
      if ('secretHash' in by) {
        return one(sql`
          select * from link_session
          where environment = ${environment} and client_id = ${clientId} and secret_hash = ${by.secretHash}`);
      }
      return one(sql`
        select * from link_session
        where environment = ${environment} and client_id = ${clientId}
          and browser_session_hash = ${by.browserSessionHash}
        order by arrived_at desc, created_at desc, created_at desc, id limit 1`);
    },

    async linkSessionSecrets(id) {
      const row = await database.get<LinkSessionRow>(sql`
        select * from link_session
        where environment = ${environment} and client_id = ${clientId} and id = ${id}`);
      if (!row || row.secrets === null) return undefined;
      return JSON.parse(open(keyRing, secretsIdentity(id), row.secrets)) as LinkSessionSecrets;
    },

    arriveAtLinkSession: ({ secretHash, browserSessionHash, now }) =>
      one(sql`
        update link_session set browser_session_hash = ${browserSessionHash}, arrived_at = ${toMillis(now)}
        where environment = ${environment} and client_id = ${clientId} and secret_hash = ${secretHash}
          and secrets is not null and expires_at >= ${toMillis(now)} and completed_at is null and refusal is null
          and (asked_at is null or browser_session_hash = ${browserSessionHash})
        returning *`),

    async askInLinkSession({ id, browserSessionHash, now, expiresAt }) {
      const asked = await database.run(sql`
        update link_session set asked_at = ${toMillis(now)}, expires_at = ${toMillis(expiresAt)}
        where environment = ${environment} and client_id = ${clientId} and id = ${id}
          and browser_session_hash = ${browserSessionHash}
          and secrets is not null and expires_at >= ${toMillis(now)} and completed_at is null and refusal is null`);
      return asked === 1;
    },

    async completeLinkSession({ id, browserSessionHash, now, expiresAt }) {
      const completed = await database.run(sql`
        update link_session set completed_at = ${toMillis(now)}, expires_at = ${toMillis(expiresAt)},
          browser_session_hash = ${browserSessionHash}
        where environment = ${environment} and client_id = ${clientId} and id = ${id} and arrived_at is not null
          and secrets is not null and expires_at >= ${toMillis(now)} and completed_at is null and refusal is null`);
      return completed === 1;
    },

    async dropLinkSession(id, refusal) {
      const dropped = await database.run(sql`
        update link_session set refusal = ${refusal}, secrets = null
        where environment = ${environment} and client_id = ${clientId} and id = ${id}
          and completed_at is null and refusal is null`);
      return dropped === 1;
    },
  };
}

export function toLinkSession(row: LinkSessionRow): LinkSession {
  return {
    id: row.id,
    appUserId: row.app_user_id,
    returnUrl: row.return_url,
    page: row.page,
    ...(row.language !== null && { language: row.language }),
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    ...(row.browser_session_hash !== null && { browserSessionHash: row.browser_session_hash }),
    ...(row.asked_at !== null && { askedAt: new Date(row.asked_at) }),
    ...(row.completed_at !== null && { completedAt: new Date(row.completed_at) }),
    ...(row.refusal !== null && { refusal: row.refusal }),
  };
}

/** What a session's secrets are sealed to. */
export function secretsIdentity(id: string): string {
  return `link_session:${id}:secrets`;
}
