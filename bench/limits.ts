/** The least that a fresh token can cost: the row read, and what is sealed in it opened, with nothing around it. */

import { createDecipheriv, createSecretKey } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { Pool } from 'pg';
import { OLD_KEY, SCOPE } from './filled.ts';

const COLUMNS = `id, environment, client_id, app_user_id, public_id, state, reason, granted_at, confirmed_at, unlinked_at,
  proposal_expires_at, comparison, token_set, access_token_expires_at, refreshable, last_used_at, session_ends_at, version,
  lease_until, refresh_sent_at`;
const key = createSecretKey(Buffer.from(OLD_KEY.slice('k1:'.length), 'base64'));

interface Row {
  readonly id: string;
  readonly token_set: string;
}

export interface Limit {
  read(account: string): unknown;
  close(): unknown;
}

/** What the library reads too; or, with `narrow`, only what has to be opened. */
export function limitOfSqlite(path: string, { narrow = false } = {}): Limit {
  const database = new DatabaseSync(path, { readOnly: true });
  const statement = database.prepare(
    `select ${narrow ? 'id, token_set' : COLUMNS} from link
     where environment = ? and client_id = ? and app_user_id = ? and state <> 'unlinked'`,
  );
  return {
    read: (account) => opened(statement.get(SCOPE.environment, SCOPE.clientId, account) as unknown as Row),
    close: () => database.close(),
  };
}

export function limitOfPostgres(url: string): Limit {
  const pool = new Pool({ connectionString: url, max: 10 });
  const text = `select ${COLUMNS} from link
    where environment = $1 and client_id = $2 and app_user_id = $3 and state <> 'unlinked'`;
  return {
    async read(account) {
      const values = [SCOPE.environment, SCOPE.clientId, account];
      const { rows } = await pool.query<Row>({ name: 'limit', text, values });
      return opened(rows[0] as Row);
    },
    close: () => pool.end(),
  };
}

function opened({ id, token_set }: Row): unknown {
  const [, nonce = '', body = ''] = token_set.split('.');
  const bytes = Buffer.from(body, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
    authTagLength: 16,
  });
  decipher.setAAD(Buffer.from(`link:${id}:token_set`));
  decipher.setAuthTag(bytes.subarray(-16));
  const secret = decipher.update(bytes.subarray(0, -16));
  decipher.final();
  return JSON.parse(secret.toString('utf8'));
}
