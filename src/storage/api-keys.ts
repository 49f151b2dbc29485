/** API keys in SQL. A hash is enough of them: 256 random bits cannot be guessed from it, however fast it is to make. */

import type { ApiKey } from '../model.ts';
import { record } from './audit-entries.ts';
import type { ScopedDatabase } from './feed.ts';
import type { Outward } from './outward.ts';
import { sql, toMillis } from './sql.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly access: ApiKey['access'];
  readonly created_at: number;
  readonly last_used_at: number | null;
  readonly revoked_at: number | null;
}

export function apiKeys(
  scoped: ScopedDatabase,
): Pick<Outward, 'addApiKey' | 'listApiKeys' | 'revokeApiKey' | 'useApiKey'> {
  const { database, now } = scoped;
  const { environment, clientId } = scoped.scope;

  return {
    addApiKey: ({ by, ...key }) =>
      database.transaction(async (tx) => {
        await tx.run(sql`
          insert into api_key (id, environment, client_id, name, access, key_hash, created_at)
          values (${key.id}, ${environment}, ${clientId}, ${key.name}, ${key.access}, ${key.keyHash},
            ${toMillis(key.createdAt)})`);
        await record({ ...scoped, database: tx }, { act: 'api_key.created', by, reference: key.id });
      }),

    async listApiKeys() {
      const rows = await database.all<ApiKeyRow>(sql`
        select * from api_key where environment = ${environment} and client_id = ${clientId}
        order by created_at, id`);
      return rows.map(toApiKey);
    },

    revokeApiKey: (id, by) =>
      database.transaction(async (tx) => {
        const revoked = await tx.run(sql`
          update api_key set revoked_at = ${now().getTime()}
          where environment = ${environment} and client_id = ${clientId} and id = ${id} and revoked_at is null`);
        if (revoked === 0) return false;
        await record({ ...scoped, database: tx }, { act: 'api_key.revoked', by, reference: id });
        return true;
      }),

    async useApiKey(keyHash) {
      const row = await database.get<ApiKeyRow>(sql`
        select * from api_key
        where environment = ${environment} and client_id = ${clientId}
          and key_hash = ${keyHash} and revoked_at is null`);
      if (!row) return undefined;
      const today = now().getTime() - (now().getTime() % DAY_MS);
      if (row.last_used_at !== today) {
        await database.run(sql`
          update api_key set last_used_at = ${today}
          where environment = ${environment} and client_id = ${clientId} and id = ${row.id}`);
      }
      return toApiKey({ ...row, last_used_at: today });
    },
  };
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    access: row.access,
    createdAt: new Date(row.created_at),
    ...(row.last_used_at !== null && { lastUsedAt: new Date(row.last_used_at) }),
    ...(row.revoked_at !== null && { revokedAt: new Date(row.revoked_at) }),
  };
}
