/**
 * Webhooks that wait, in SQL. Each account's events stand in one line, and only its first may be sent. A lease is no more
 * than a later time at which the line is due again, so that a process that is killed leaves nothing behind to clear away.
 *
 * Single statements, that race each other by the row they name: `newest` is a column of it because a statement that has
 * waited for a row sees that row as it is now, and every other one as it was.
 */

import { type FeedRow, publish, type ScopedDatabase, toFeedEvent } from './feed.ts';
import type { DeadLetter, Outward, WebhookLease } from './outward.ts';
import { type Query, type Sql, sql } from './sql.ts';

/** How many events are put in line by one statement. */
const PAGE = 2000;

interface LineRow {
  readonly app_user_id: string;
  readonly accepted: number;
  readonly attempts: number;
}

type WebhookLines = Pick<
  Outward,
  | 'queueWebhooks'
  | 'leaseWebhooks'
  | 'acceptWebhook'
  | 'delayWebhook'
  | 'buryWebhook'
  | 'listDeadLetters'
  | 'findDeadLetter'
  | 'dropDeadLetter'
>;

export function webhookLines(scoped: ScopedDatabase): WebhookLines {
  const { database, now } = scoped;
  const { environment, clientId } = scoped.scope;

  return {
    async queueWebhooks() {
      await publish(scoped);
      for (;;) {
        const feed = await database.get<{ last_position: number; queued_position: number | null }>(sql`
          select last_position, queued_position from feed
          where environment = ${environment} and client_id = ${clientId}`);
        if (!feed || feed.queued_position === null) return begin();
        if (feed.queued_position >= feed.last_position) return;
        await queue(feed.queued_position, Math.min(feed.last_position, feed.queued_position + PAGE));
      }
    },

    async leaseWebhooks({ limit, forMs }) {
      const due = await database.all<LineRow>(sql`
        select app_user_id, accepted, attempts from webhook_line
        where environment = ${environment} and client_id = ${clientId}
          and newest > accepted and due_at <= ${now().getTime()}
        order by due_at limit ${limit}`);
      const leases = await Promise.all(due.map((line) => lease(line, forMs)));
      return leases.filter((leased) => leased !== undefined);
    },

    acceptWebhook: (leased) => moveOn(database, leased),

    async delayWebhook({ event, position, attempts }, afterMs) {
      const delayed = await database.run(sql`
        update webhook_line set due_at = ${now().getTime() + afterMs}
        where environment = ${environment} and client_id = ${clientId} and app_user_id = ${event.appUserId}
          and accepted < ${position} and attempts = ${attempts}`);
      return delayed === 1;
    },

    buryWebhook: (leased, failure) =>
      database.transaction(async (tx) => {
        const buried = await moveOn(tx, leased);
        if (!buried) return false;
        await tx.run(sql`
          insert into dead_letter (event_id, died_at, failure)
          values (${leased.event.id}, ${now().getTime()}, ${failure})`);
        return true;
      }),

    listDeadLetters: ({ after = '', limit }) =>
      deadLetters(sql`
        select event.*, link.public_id, dead_letter.died_at, dead_letter.failure
        from dead_letter join link_event event on event.event_id = dead_letter.event_id
          left join link on link.id = event.link_id
        where event.environment = ${environment} and event.client_id = ${clientId}
          and event.position > coalesce(
            (select position from link_event where event_id = ${after}),
            (select position from erased_event
              where environment = ${environment} and client_id = ${clientId} and event_id = ${after}), 0)
        order by event.position limit ${limit}`),

    async findDeadLetter(eventId) {
      const [letter] = await deadLetters(sql`
        select event.*, link.public_id, dead_letter.died_at, dead_letter.failure
        from dead_letter join link_event event on event.event_id = dead_letter.event_id
          left join link on link.id = event.link_id
        where event.environment = ${environment} and event.client_id = ${clientId}
          and event.event_id = ${eventId}`);
      return letter;
    },

    async dropDeadLetter(eventId) {
      await database.run(sql`
        delete from dead_letter
        where event_id = ${eventId} and exists (
          select 1 from link_event
          where environment = ${environment} and client_id = ${clientId} and event_id = ${eventId})`);
    },
  };

  async function begin(): Promise<void> {
    await database.run(sql`
      insert into feed (environment, client_id, last_position, queued_position)
      values (${environment}, ${clientId}, 0, 0)
      on conflict (environment, client_id) do update set queued_position = feed.last_position
      where feed.queued_position is null`);
  }

  /**
   * May be done twice, by one process or by two: whoever puts an event in line has put those before it there, or read that
   * somebody has.
   */
  async function queue(after: number, upTo: number): Promise<void> {
    const at = now().getTime();
    await database.run(sql`
      insert into webhook_line (environment, client_id, app_user_id, accepted, newest, attempts, due_at)
      select environment, client_id, app_user_id, min(position) - 1, max(position), 0, ${at} from link_event
      where environment = ${environment} and client_id = ${clientId}
        and position > ${after} and position <= ${upTo}
      group by environment, client_id, app_user_id order by app_user_id
      on conflict (environment, client_id, app_user_id) do update set
        newest = case when excluded.newest > webhook_line.newest then excluded.newest else webhook_line.newest end,
        due_at = case when webhook_line.newest > webhook_line.accepted then webhook_line.due_at
          else excluded.due_at end`);
    await database.run(sql`
      update feed set queued_position = ${upTo}
      where environment = ${environment} and client_id = ${clientId} and queued_position < ${upTo}`);
  }

  async function lease(line: LineRow, forMs: number): Promise<WebhookLease | undefined> {
    const at = now().getTime();
    const taken = await database.run(sql`
      update webhook_line set attempts = attempts + 1, due_at = ${at + forMs}
      where environment = ${environment} and client_id = ${clientId} and app_user_id = ${line.app_user_id}
        and accepted = ${line.accepted} and attempts = ${line.attempts} and due_at <= ${at}`);
    if (taken === 0) return undefined;
    const row = await database.get<FeedRow>(sql`
      select event.*, link.public_id from link_event event left join link on link.id = event.link_id
      where event.environment = ${environment} and event.client_id = ${clientId}
        and event.app_user_id = ${line.app_user_id} and event.position > ${line.accepted}
      order by event.position limit 1`);
    if (row) return { event: toFeedEvent(row), position: row.position, attempts: line.attempts + 1 };
    // Its account was erased while it was put in line.
    await database.run(sql`
      delete from webhook_line
      where environment = ${environment} and client_id = ${clientId} and app_user_id = ${line.app_user_id}
        and accepted = ${line.accepted} and attempts = ${line.attempts + 1}`);
    return undefined;
  }

  async function moveOn(tx: Sql, { event, position, attempts }: WebhookLease): Promise<boolean> {
    const moved = await tx.run(sql`
      update webhook_line set accepted = ${position}, attempts = 0, due_at = ${now().getTime()}
      where environment = ${environment} and client_id = ${clientId} and app_user_id = ${event.appUserId}
        and accepted < ${position} and attempts = ${attempts}`);
    return moved === 1;
  }

  async function deadLetters(query: Query): Promise<readonly DeadLetter[]> {
    const rows = await database.all<FeedRow & { readonly died_at: number; readonly failure: string }>(query);
    return rows.map((row) => ({
      event: toFeedEvent(row),
      diedAt: new Date(row.died_at),
      failure: row.failure,
    }));
  }
}
