/** Which key seals what, and how all of it comes to be sealed with the current one while others read and write. */

import { FaultError } from '../errors.ts';
import type { ScopedDatabase } from './feed.ts';
import { tokenSetIdentity } from './link-row.ts';
import { secretsIdentity } from './link-sessions.ts';
import { sealedIdentity } from './pending-authorizations.ts';
import { type KeyRing, keyIdOf, open, seal } from './seal.ts';
import { sql } from './sql.ts';
import type { Store, WalkPage } from './store.ts';

interface SealedLink {
  readonly id: string;
  readonly token_set: string;
}

interface SealedLinkSession {
  readonly id: string;
  readonly secrets: string;
}

interface SealedAuthorization {
  readonly id: string;
  readonly code: string | null;
  readonly code_verifier: string | null;
  readonly token_set: string | null;
  readonly expected: string | null;
}

/** What became of one row. `untouched`: nothing to do, or somebody has written other secrets since it was read. */
type Outcome = 'resealed' | 'untouched' | 'unreadable';

/** The tables, in the order of the walk; also how their rows are named. */
const TABLES = ['link:', 'link_session:', 'pending_authorization:'] as const;
type Table = (typeof TABLES)[number];

export function sealedRows({
  database,
  scope: { environment, clientId },
  keyRing,
}: ScopedDatabase): Pick<Store, 'sealedWith' | 'reseal'> {
  const resealIn: Readonly<Record<Table, typeof resealLinks>> = {
    'link:': resealLinks,
    'link_session:': resealLinkSessions,
    'pending_authorization:': resealAuthorizations,
  };

  return {
    async sealedWith() {
      const counts = await database.all<{ key_id: string; rows_sealed: number }>(sql`
        select key_id, count(*) as rows_sealed from (
          select token_set_sealed_with as key_id from link
          where environment = ${environment} and client_id = ${clientId} and token_set is not null
          union all
          select key_id from (
            select id, code_sealed_with as key_id from pending_authorization
            where environment = ${environment} and client_id = ${clientId}
            union
            select id, code_verifier_sealed_with from pending_authorization
            where environment = ${environment} and client_id = ${clientId}
            union
            select id, token_set_sealed_with from pending_authorization
            where environment = ${environment} and client_id = ${clientId}
            union
            select id, expected_sealed_with from pending_authorization
            where environment = ${environment} and client_id = ${clientId}
          ) as secret
          union all
          select secrets_sealed_with from link_session
          where environment = ${environment} and client_id = ${clientId}
        ) as sealed
        where key_id is not null group by key_id order by key_id`);
      return new Map(counts.map(({ key_id, rows_sealed }) => [key_id, { rows: rows_sealed, spooled: 0 }]));
    },

    async reseal({ after = TABLES[0], limit }) {
      const place = TABLES.findIndex((name) => after.startsWith(name));
      const table = TABLES[place] ?? TABLES[0];
      const outcomes = await resealIn[table]({ after: after.slice(table.length), limit });
      const last = outcomes.length === limit ? outcomes.at(-1)?.id : undefined;
      const following = TABLES[place + 1];
      const next = last === undefined ? following : table + last;
      return {
        resealed: outcomes.filter(({ outcome }) => outcome === 'resealed').length,
        unreadable: outcomes.filter(({ outcome }) => outcome === 'unreadable').map(({ id }) => table + id),
        ...(next !== undefined && { next }),
      };
    },
  };

  // In order of the primary key, past rows that need nothing: an index on the key ids has no order that outlives a change.
  async function resealLinks({ after, limit }: Required<WalkPage>) {
    const rows = await database.all<SealedLink>(sql`
      select id, token_set from link
      where environment = ${environment} and client_id = ${clientId} and token_set is not null and id > ${after}
      order by id limit ${limit}`);
    // One commit for a page: there may be a million.
    return database.transaction((tx) =>
      eachInTurn(rows, ({ id, token_set }) =>
        resealed(keyRing, tokenSetIdentity(id), token_set, (fresh) =>
          // By what was sealed, which no two writes share: a refresh that was saved meanwhile stays, and a suspension is no
          // reason to come again. The version counts up, so that whoever read the whole row does not write the old seal back.
          tx.run(sql`
            update link set token_set = ${fresh}, version = version + 1
            where environment = ${environment} and client_id = ${clientId} and id = ${id} and token_set = ${token_set}`),
        ),
      ),
    );
  }

  async function resealLinkSessions({ after, limit }: Required<WalkPage>) {
    const rows = await database.all<SealedLinkSession>(sql`
      select id, secrets from link_session
      where environment = ${environment} and client_id = ${clientId} and secrets is not null and id > ${after}
      order by id limit ${limit}`);
    return eachInTurn(rows, ({ id, secrets }) =>
      resealed(keyRing, secretsIdentity(id), secrets, (fresh) =>
        database.run(sql`
          update link_session set secrets = ${fresh}
          where environment = ${environment} and client_id = ${clientId} and id = ${id} and secrets = ${secrets}`),
      ),
    );
  }

  async function resealAuthorizations({ after, limit }: Required<WalkPage>) {
    const rows = await database.all<SealedAuthorization>(sql`
      select id, code, code_verifier, token_set, expected from pending_authorization
      where environment = ${environment} and client_id = ${clientId} and id > ${after}
        and (code is not null or code_verifier is not null or token_set is not null or expected is not null)
      order by id limit ${limit}`);
    return eachInTurn(rows, async ({ id, code, code_verifier, token_set, expected }) =>
      together([
        await resealed(keyRing, sealedIdentity(id, 'code'), code, (fresh) =>
          database.run(sql`
            update pending_authorization set code = ${fresh}
            where environment = ${environment} and client_id = ${clientId} and id = ${id} and code = ${code}`),
        ),
        await resealed(keyRing, sealedIdentity(id, 'code_verifier'), code_verifier, (fresh) =>
          database.run(sql`
            update pending_authorization set code_verifier = ${fresh}
            where environment = ${environment} and client_id = ${clientId}
              and id = ${id} and code_verifier = ${code_verifier}`),
        ),
        await resealed(keyRing, sealedIdentity(id, 'token_set'), token_set, (fresh) =>
          database.run(sql`
            update pending_authorization set token_set = ${fresh}
            where environment = ${environment} and client_id = ${clientId}
              and id = ${id} and token_set = ${token_set}`),
        ),
        await resealed(keyRing, sealedIdentity(id, 'expected'), expected, (fresh) =>
          database.run(sql`
            update pending_authorization set expected = ${fresh}
            where environment = ${environment} and client_id = ${clientId}
              and id = ${id} and expected = ${expected}`),
        ),
      ]),
    );
  }
}

async function eachInTurn<Row extends { readonly id: string }>(
  rows: readonly Row[],
  work: (row: Row) => Promise<Outcome>,
) {
  const outcomes: { readonly id: string; readonly outcome: Outcome }[] = [];
  for (const row of rows) outcomes.push({ id: row.id, outcome: await work(row) });
  return outcomes;
}

/** @param write returns how many rows took it */
async function resealed(
  ring: KeyRing,
  identity: string,
  sealed: string | null,
  write: (fresh: string) => Promise<number>,
): Promise<Outcome> {
  if (sealed === null || keyIdOf(sealed) === ring.current) return 'untouched';
  let secret: string;
  try {
    secret = open(ring, identity, sealed);
  } catch (error) {
    if (error instanceof FaultError) return 'unreadable';
    throw error;
  }
  return (await write(seal(ring, identity, secret))) === 1 ? 'resealed' : 'untouched';
}

function together(outcomes: readonly Outcome[]): Outcome {
  return (['unreadable', 'resealed'] as const).find((each) => outcomes.includes(each)) ?? 'untouched';
}
