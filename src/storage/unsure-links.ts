/** After a restore: which links may have been refreshed since the backup, so that their refresh token may be spent. */

import { tokenSetIdentity } from './link-row.ts';
import type { Scoped } from './scoped.ts';
import type { KeyRing } from './seal.ts';
import { sql } from './sql.ts';
import type { Store } from './store.ts';
import { openTokenSet } from './token-set.ts';

interface RefreshableRow {
  readonly id: string;
  readonly token_set: string;
  readonly refresh_token_hash: string;
  readonly access_token_expires_at: number;
  readonly refresh_sent_at: number | null;
}

export function unsureLinks({
  database,
  scope: { environment, clientId },
  keyRing,
  now,
}: Scoped): Pick<Store, 'markUnsure'> {
  return {
    async markUnsure({ lastShare, after = '', limit }) {
      const rows = await database.all<RefreshableRow>(sql`
        select id, token_set, refresh_token_hash, access_token_expires_at, refresh_sent_at from link
        where environment = ${environment} and client_id = ${clientId}
          and token_set is not null and refreshable = 1 and state <> 'reauthorization_required' and id > ${after}
        order by id limit ${limit}`);
      let unsure = 0;
      for (const row of rows) {
        const at = now().getTime();
        if (row.refresh_sent_at !== null) unsure += 1;
        else if (at >= row.access_token_expires_at - lastShare * life(keyRing, row))
          unsure += await mark(row, at);
      }
      const last = rows.length === limit ? rows.at(-1)?.id : undefined;
      return { links: rows.length, unsure, ...(last !== undefined && { next: last }) };
    },
  };

  /** By the refresh token that is in doubt: a newer one, or none, is not. */
  function mark(row: RefreshableRow, at: number): Promise<number> {
    return database.run(sql`
      update link set refresh_sent_at = ${at}, version = version + 1
      where environment = ${environment} and client_id = ${clientId} and id = ${row.id}
        and refresh_token_hash = ${row.refresh_token_hash} and refresh_sent_at is null`);
  }
}

/** In milliseconds; for ever where it cannot be read, so that the link is not taken for healthy. */
function life(keyRing: KeyRing, row: RefreshableRow): number {
  try {
    const { issuedAt, expiresAt } = openTokenSet(keyRing, tokenSetIdentity(row.id), row.token_set);
    return expiresAt.getTime() - issuedAt.getTime();
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
