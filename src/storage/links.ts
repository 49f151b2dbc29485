/** Links in SQL. Every change of a row counts its version up. */

import type { Link, LinkState } from '../model.ts';
import { comparisonColumn, type LinkRow, tokenColumns, toLink } from './link-row.ts';
import type { Scoped } from './scoped.ts';
import { type Query, sql, toMillis, UniqueViolation } from './sql.ts';
import { AlreadyLinked, type LinkChange, type StoreTransaction } from './store.ts';

type Links = Pick<
  StoreTransaction,
  | 'addLink'
  | 'findLink'
  | 'findLinkById'
  | 'findConfirmedLink'
  | 'findLastUnlinked'
  | 'listLinks'
  | 'searchLinks'
  | 'changeLink'
>;

export function links({ database, scope: { environment, clientId }, keyRing, now }: Scoped): Links {
  async function one(query: Query): Promise<Link | undefined> {
    const row = await database.get<LinkRow>(query);
    return row && toLink(row, now());
  }

  return {
    async addLink(link) {
      const tokens = tokenColumns(keyRing, link.id, link.tokenSet);
      const added = await orAlreadyLinked(
        one(sql`
          insert into link (id, environment, client_id, app_user_id, public_id, state, granted_at,
            proposal_expires_at, comparison, token_set, refresh_token_hash, access_token_expires_at, refreshable,
            session_ends_at)
          values (${link.id}, ${environment}, ${clientId}, ${link.appUserId}, ${link.publicId}, ${link.state},
            ${toMillis(link.grantedAt)}, ${toMillis(link.proposalExpiresAt)}, ${comparisonColumn(link.comparison)},
            ${tokens.token_set}, ${tokens.refresh_token_hash}, ${tokens.access_token_expires_at},
            ${tokens.refreshable}, ${tokens.session_ends_at})
          returning *`),
      );
      return added as Link;
    },

    findLink: (appUserId) =>
      one(sql`
        select * from link
        where environment = ${environment} and client_id = ${clientId}
          and app_user_id = ${appUserId} and state <> 'unlinked'`),

    findLinkById: (id) =>
      one(sql`
        select * from link where environment = ${environment} and client_id = ${clientId} and id = ${id}`),

    findConfirmedLink: (publicId) =>
      one(sql`
        select * from link
        where environment = ${environment} and client_id = ${clientId} and public_id = ${publicId}
          and state in ('active', 'suspended', 'reauthorization_required')`),

    findLastUnlinked: (appUserId) =>
      one(sql`
        select * from link
        where environment = ${environment} and client_id = ${clientId}
          and app_user_id = ${appUserId} and state = 'unlinked'
        order by unlinked_at desc, id desc limit 1`),

    async listLinks({ state, after = '', limit }) {
      const page = pageOf(state, after, limit);
      const at = now();
      return (await database.all<LinkRow>(page)).map((row) => toLink(row, at));
    },

    async searchLinks(by) {
      // In two halves: each is a partial index of its own.
      const found =
        'publicId' in by
          ? sql`
            select * from (
              select * from link
              where environment = ${environment} and client_id = ${clientId} and public_id = ${by.publicId}
                and state in ('active', 'suspended', 'reauthorization_required')
              union all
              select * from link
              where environment = ${environment} and client_id = ${clientId} and public_id = ${by.publicId}
                and state in ('proposed', 'unlinked')) as found
            order by granted_at desc, id limit 50`
          : sql`
            select * from (
              select * from link
              where environment = ${environment} and client_id = ${clientId}
                and app_user_id = ${by.appUserId} and state <> 'unlinked'
              union all
              select * from link
              where environment = ${environment} and client_id = ${clientId}
                and app_user_id = ${by.appUserId} and state = 'unlinked') as found
            order by granted_at desc, id limit 50`;
      const at = now();
      return (await database.all<LinkRow>(found)).map((row) => toLink(row, at));
    },

    async changeLink(id, version, change) {
      // The version stands for the whole row, so what is read here is what the update below finds, or it finds nothing.
      const row = await database.get<LinkRow>(sql`
        select * from link
        where environment = ${environment} and client_id = ${clientId}
          and id = ${id} and version = ${version} and state <> 'unlinked'`);
      if (!row) return undefined;
      const next = { ...row, ...changed(row, change) };
      return orAlreadyLinked(
        one(sql`
          update link set
            state = ${next.state}, reason = ${next.reason}, granted_at = ${next.granted_at},
            confirmed_at = ${next.confirmed_at}, unlinked_at = ${next.unlinked_at},
            proposal_expires_at = ${next.proposal_expires_at}, comparison = ${next.comparison},
            token_set = ${next.token_set}, refresh_token_hash = ${next.refresh_token_hash},
            access_token_expires_at = ${next.access_token_expires_at},
            refreshable = ${next.refreshable}, session_ends_at = ${next.session_ends_at}, version = version + 1, fence = ${next.fence},
            lease_owner = ${next.lease_owner}, lease_until = ${next.lease_until},
            refresh_sent_at = ${next.refresh_sent_at},
            unanswered_refresh_sent_at = ${next.unanswered_refresh_sent_at}
          where environment = ${environment} and client_id = ${clientId}
            and id = ${id} and version = ${version}
          returning *`),
      );
    },
  };

  /** Each says the condition of the index that has its order. */
  function pageOf(state: LinkState | undefined, after: string, limit: number): Query {
    switch (state) {
      case undefined:
        return sql`
          select * from link
          where environment = ${environment} and client_id = ${clientId}
            and state <> 'unlinked' and id > ${after}
          order by id limit ${limit}`;
      case 'active':
        return sql`
          select * from link
          where environment = ${environment} and client_id = ${clientId}
            and state = 'active' and state <> 'unlinked' and id > ${after}
          order by id limit ${limit}`;
      default:
        return sql`
          select * from link
          where environment = ${environment} and client_id = ${clientId}
            and state = ${state} and state <> 'active' and id > ${after}
          order by id limit ${limit}`;
    }
  }

  function changed(row: LinkRow, change: LinkChange): Partial<LinkRow> {
    const unlinked = change.state === 'unlinked';
    const tokenSet = unlinked ? null : change.tokenSet;
    return {
      ...(change.state !== undefined && { state: change.state }),
      ...(change.reason !== undefined && { reason: change.reason }),
      ...(change.grantedAt !== undefined && { granted_at: change.grantedAt.getTime() }),
      ...(change.confirmedAt !== undefined && { confirmed_at: change.confirmedAt.getTime() }),
      ...(change.proposalExpiresAt !== undefined && {
        proposal_expires_at: toMillis(change.proposalExpiresAt),
      }),
      ...(change.comparison !== undefined && { comparison: comparisonColumn(change.comparison) }),
      ...(unlinked && { unlinked_at: (change.unlinkedAt ?? now()).getTime() }),
      ...(tokenSet !== undefined && {
        ...tokenColumns(keyRing, row.id, tokenSet),
        // A refresh in flight belongs to the tokens that were: the fence keeps its answer out.
        fence: row.fence + 1,
        lease_owner: null,
        lease_until: null,
        refresh_sent_at: null,
        unanswered_refresh_sent_at: null,
      }),
    };
  }
}

async function orAlreadyLinked<T>(written: Promise<T>): Promise<T> {
  try {
    return await written;
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    if (error.constraint === 'link_one_per_account') throw new AlreadyLinked('account', { cause: error });
    if (error.constraint === 'link_one_per_record') throw new AlreadyLinked('record', { cause: error });
    throw error;
  }
}
