/** Pending authorizations in SQL. A step forward is one update that names the step before, so only one caller makes it. */

import type { AuthorizationStep, ExpectedIdentity, PendingAuthorization } from '../model.ts';
import { sha256 } from '../sha256.ts';
import type { Scoped } from './scoped.ts';
import { open, seal } from './seal.ts';
import { type Query, sql, toMillis } from './sql.ts';
import type { StoreTransaction } from './store.ts';
import { openTokenSet, sealTokenSet } from './token-set.ts';

export interface PendingRow {
  readonly id: string;
  readonly app_user_id: string;
  readonly browser_session_hash: string;
  readonly return_to: string;
  readonly redirect_uri: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly step: AuthorizationStep;
  readonly exchange_started_at: number | null;
  readonly refusal: string | null;
  readonly link_id: string | null;
  readonly link_session_id: string | null;
  readonly expected: string | null;
  readonly code: string | null;
  readonly code_verifier: string | null;
  readonly token_set: string | null;
}

type PendingAuthorizations = Pick<
  StoreTransaction,
  | 'addPendingAuthorization'
  | 'takePendingAuthorization'
  | 'findPendingAuthorization'
  | 'expectedIdentity'
  | 'wasAnsweredWith'
  | 'takeCode'
  | 'giveCodeBack'
  | 'saveExchange'
  | 'exchangedTokenSet'
  | 'endPendingAuthorization'
>;

export function pendingAuthorizations({
  database,
  scope: { environment, clientId },
  keyRing,
  now: clock,
}: Scoped): PendingAuthorizations {
  async function one(query: Query): Promise<PendingAuthorization | undefined> {
    const row = await database.get<PendingRow>(query);
    return row && toPendingAuthorization(row);
  }

  function find(by: Parameters<PendingAuthorizations['findPendingAuthorization']>[0]) {
    if ('id' in by) {
      return one(sql`
        select * from pending_authorization
        where environment = ${environment} and client_id = ${clientId} and id = ${by.id}`);
    }
    if ('stateHash' in by) {
      return one(sql`
        select * from pending_authorization
        where environment = ${environment} and client_id = ${clientId} and state_hash = ${by.stateHash}`);
    }
    return one(sql`
      select * from pending_authorization
      where environment = ${environment} and client_id = ${clientId} and link_session_id = ${by.linkSessionId}
      order by case when step in ('asked', 'refused') then 1 else 0 end, created_at desc, id limit 1`);
  }

  return {
    async addPendingAuthorization(asked) {
      const sealed = (column: 'code_verifier' | 'expected', secret: string | undefined) =>
        secret === undefined ? null : seal(keyRing, sealedIdentity(asked.id, column), secret);
      const expected = asked.expected && JSON.stringify(asked.expected);
      await database.run(sql`
        insert into pending_authorization (id, environment, client_id, state_hash, browser_session_hash,
          app_user_id, return_to, redirect_uri, created_at, expires_at, step, link_session_id, code_verifier, expected)
        values (${asked.id}, ${environment}, ${clientId}, ${asked.stateHash}, ${asked.browserSessionHash},
          ${asked.appUserId}, ${asked.returnTo}, ${asked.redirectUri},
          ${toMillis(asked.createdAt)}, ${toMillis(asked.expiresAt)}, 'asked', ${asked.linkSessionId ?? null},
          ${sealed('code_verifier', asked.codeVerifier)}, ${sealed('expected', expected)})`);
    },

    async takePendingAuthorization({ stateHash, browserSessionHash, appUserId, answer, now }) {
      // The id, which never changes, is what the code is sealed to. Who gets the row is decided by the update alone.
      const asked = await find({ stateHash });
      if (!asked) return undefined;
      const taken =
        'code' in answer
          ? {
              step: 'answered',
              refusal: null,
              code: seal(keyRing, sealedIdentity(asked.id, 'code'), answer.code),
              codeHash: sha256(answer.code),
            }
          : { step: 'refused', refusal: answer.refusal, code: null, codeHash: null };
      return one(sql`
        update pending_authorization set
          step = ${taken.step}, answered_at = ${toMillis(now)}, refusal = ${taken.refusal}, code = ${taken.code}, code_hash = ${taken.codeHash},
          code_verifier = case when ${taken.step} = 'answered' then code_verifier end,
          expected = case when ${taken.step} = 'answered' then expected end
        where environment = ${environment} and client_id = ${clientId}
          and state_hash = ${stateHash} and browser_session_hash = ${browserSessionHash}
          and app_user_id = coalesce(${appUserId ?? null}, app_user_id)
          and step = 'asked' and expires_at >= ${toMillis(now)}
        returning *`);
    },

    findPendingAuthorization: find,

    async expectedIdentity(id) {
      const row = await database.get<PendingRow>(sql`
        select * from pending_authorization
        where environment = ${environment} and client_id = ${clientId} and id = ${id}`);
      if (!row || row.expected === null) return undefined;
      return JSON.parse(open(keyRing, sealedIdentity(id, 'expected'), row.expected)) as ExpectedIdentity;
    },

    async wasAnsweredWith(id, code) {
      const found = await database.get(sql`
        select id from pending_authorization
        where environment = ${environment} and client_id = ${clientId}
          and id = ${id} and code_hash = ${sha256(code)}`);
      return found !== undefined;
    },

    async takeCode(id, now) {
      const row = await database.get<PendingRow>(sql`
        update pending_authorization set step = 'exchanging', exchange_started_at = ${toMillis(now)}
        where environment = ${environment} and client_id = ${clientId}
          and id = ${id} and step = 'answered' and expires_at >= ${toMillis(now)}
        returning *`);
      if (!row || row.code === null) return undefined;
      return {
        authorization: toPendingAuthorization(row),
        code: open(keyRing, sealedIdentity(id, 'code'), row.code),
        ...(row.code_verifier !== null && {
          codeVerifier: open(keyRing, sealedIdentity(id, 'code_verifier'), row.code_verifier),
        }),
      };
    },

    async giveCodeBack(id) {
      await database.run(sql`
        update pending_authorization set step = 'answered', exchange_started_at = null
        where environment = ${environment} and client_id = ${clientId} and id = ${id} and step = 'exchanging'`);
    },

    saveExchange: (id, tokenSet) =>
      one(sql`
        update pending_authorization set
          step = 'exchanged', exchanged_at = ${clock().getTime()},
          token_set = ${sealTokenSet(keyRing, sealedIdentity(id, 'token_set'), tokenSet)},
          code = null, code_verifier = null
        where environment = ${environment} and client_id = ${clientId} and id = ${id} and step = 'exchanging'
        returning *`),

    async exchangedTokenSet(id) {
      const row = await database.get<PendingRow>(sql`
        select * from pending_authorization
        where environment = ${environment} and client_id = ${clientId} and id = ${id} and step = 'exchanged'`);
      if (!row || row.token_set === null) return undefined;
      return openTokenSet(keyRing, sealedIdentity(id, 'token_set'), row.token_set);
    },

    async endPendingAuthorization(id, end) {
      const linkId = end.step === 'finished' ? end.linkId : null;
      const refusal = end.step === 'refused' ? end.refusal : null;
      const ended = await database.run(sql`
        update pending_authorization set
          step = ${end.step}, link_id = ${linkId}, refusal = ${refusal},
          code = null, code_verifier = null, token_set = null, expected = null
        where environment = ${environment} and client_id = ${clientId}
          and id = ${id} and step not in ('finished', 'refused')`);
      return ended === 1;
    },
  };
}

export function toPendingAuthorization(row: PendingRow): PendingAuthorization {
  return {
    id: row.id,
    appUserId: row.app_user_id,
    browserSessionHash: row.browser_session_hash,
    returnTo: row.return_to,
    redirectUri: row.redirect_uri,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    step: row.step,
    ...(row.exchange_started_at !== null && { exchangeStartedAt: new Date(row.exchange_started_at) }),
    ...(row.refusal !== null && { refusal: row.refusal }),
    ...(row.link_id !== null && { linkId: row.link_id }),
    ...(row.link_session_id !== null && { linkSessionId: row.link_session_id }),
  };
}

/** What a secret of an authorization is sealed to. */
export function sealedIdentity(
  id: string,
  column: 'code' | 'code_verifier' | 'token_set' | 'expected',
): string {
  return `pending_authorization:${id}:${column}`;
}
