/** All that is stored of one account, in SQL. */

import type { ExpectedIdentity, Link } from '../model.ts';
import { type FeedRow, type ScopedDatabase, toFeedEvent } from './feed.ts';
import { type LinkRow, toLink } from './link-row.ts';
import { type LinkSessionRow, secretsIdentity, toLinkSession } from './link-sessions.ts';
import { type PendingRow, sealedIdentity, toPendingAuthorization } from './pending-authorizations.ts';
import type { Held, People } from './people.ts';
import { open } from './seal.ts';
import { sql } from './sql.ts';
import type { LinkSessionSecrets } from './store.ts';

export function held({
  database,
  scope: { environment, clientId },
  keyRing,
  now,
}: ScopedDatabase): Pick<People, 'heldOf'> {
  return {
    heldOf: (appUserId) =>
      // Of one moment.
      database.transaction(async (tx): Promise<Held> => {
        const links = await tx.all<LinkRow>(sql`
          select * from link
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
            and state <> 'unlinked'
          union all
          select * from link
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
            and state = 'unlinked'
          order by granted_at, id`);
        const events = await tx.all<FeedRow & { died_at: number | null; failure: string | null }>(sql`
          select event.*, link.public_id, dead_letter.died_at, dead_letter.failure
          from link_event event
            left join link on link.id = event.link_id
            left join dead_letter on dead_letter.event_id = event.event_id
          where event.environment = ${environment} and event.client_id = ${clientId}
            and event.app_user_id = ${appUserId}
          order by event.id`);
        const authorizations = await tx.all<PendingRow>(sql`
          select * from pending_authorization
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
          order by created_at, id`);
        const linkSessions = await tx.all<LinkSessionRow>(sql`
          select * from link_session
          where environment = ${environment} and client_id = ${clientId} and app_user_id = ${appUserId}
          order by created_at, id`);
        const line = await tx.get<{ waiting: number }>(sql`
          select count(*) as waiting from webhook_line line
            join link_event event on event.environment = line.environment and event.client_id = line.client_id
              and event.app_user_id = line.app_user_id and event.position > line.accepted
          where line.environment = ${environment} and line.client_id = ${clientId}
            and line.app_user_id = ${appUserId}`);
        const at = now();
        return {
          links: links.map((row): Link & { holdsTokens: boolean } => ({
            ...toLink(row, at),
            holdsTokens: row.token_set !== null,
          })),
          events: events.map(toFeedEvent),
          authorizations: authorizations.map((row) => ({
            ...toPendingAuthorization(row),
            ...(row.expected !== null && {
              expected: opened<ExpectedIdentity>(sealedIdentity(row.id, 'expected'), row.expected),
            }),
          })),
          linkSessions: linkSessions.map((row) => {
            const secrets =
              row.secrets === null
                ? undefined
                : opened<LinkSessionSecrets>(secretsIdentity(row.id), row.secrets);
            return { ...toLinkSession(row), ...(secrets?.expected && { expected: secrets.expected }) };
          }),
          webhooksWaiting: line?.waiting ?? 0,
          deadLetters: events.flatMap((row) =>
            row.died_at === null || row.failure === null
              ? []
              : [{ event: toFeedEvent(row), diedAt: new Date(row.died_at), failure: row.failure }],
          ),
          spooled: 0,
        };
      }),
  };

  function opened<T>(identity: string, sealed: string): T {
    return JSON.parse(open(keyRing, identity, sealed)) as T;
  }
}
