/** Before anything is served: does the key ring open what is stored? */

import { ConfigurationError } from '../errors.ts';
import { tokenSetIdentity } from './link-row.ts';
import type { Scoped } from './scoped.ts';
import { type KeyRing, open } from './seal.ts';
import type { Spool } from './spool.ts';
import { sql } from './sql.ts';

/** One row that does not open may be spoilt; this many of one key mean another key. */
const SAMPLE = 3;

/**
 * Costs a few probes of an index, however many links there are.
 * @throws ConfigurationError `no-encryption-key` naming each key that seals rows of this scope and is not in the ring, or
 * is there under its name with other bytes
 */
export async function checkKeys({
  database,
  scope: { environment, clientId },
  keyRing,
}: Pick<Scoped, 'database' | 'scope' | 'keyRing'>): Promise<void> {
  const missing = new Set<string>();
  const different = new Set<string>();

  // From one key id to the next greater one. A `distinct` would read the whole index.
  const ofLinks = await database.all<{ key_id: string }>(sql`
    with recursive used (key_id) as (
      select min(token_set_sealed_with) from link where token_set is not null
      union all
      select (
        select min(token_set_sealed_with) from link
        where token_set is not null and token_set_sealed_with > used.key_id
      ) from used where used.key_id is not null
    )
    select key_id from used where key_id is not null`);
  for (const { key_id } of ofLinks) {
    const rows = await database.all<{ id: string; token_set: string }>(sql`
      select id, token_set from link
      where environment = ${environment} and client_id = ${clientId}
        and token_set is not null and token_set_sealed_with = ${key_id}
      limit ${SAMPLE}`);
    if (rows.length === 0) continue;
    if (!keyRing.keys.has(key_id)) missing.add(key_id);
    else if (rows.length === SAMPLE && !rows.some((row) => opens(keyRing, row))) different.add(key_id);
  }

  // Of patients who are on their way: few at any time.
  const underWay = await database.all<{ key_id: string }>(sql`
    select code_sealed_with as key_id from pending_authorization
    where environment = ${environment} and client_id = ${clientId} and code is not null
    union
    select code_verifier_sealed_with from pending_authorization
    where environment = ${environment} and client_id = ${clientId} and code_verifier is not null
    union
    select token_set_sealed_with from pending_authorization
    where environment = ${environment} and client_id = ${clientId} and token_set is not null
    union
    select expected_sealed_with from pending_authorization
    where environment = ${environment} and client_id = ${clientId} and expected is not null
    union
    select secrets_sealed_with from link_session
    where environment = ${environment} and client_id = ${clientId} and secrets is not null`);
  for (const { key_id } of underWay) if (!keyRing.keys.has(key_id)) missing.add(key_id);

  if (missing.size > 0) throw missingKeys([...missing].sort(), 'stored secrets are');
  if (different.size > 0) {
    throw refusal(
      `has another key under the name ${named([...different])} than the one that stored tokens are sealed with: put the old one back, and give the new one a name of its own`,
    );
  }
}

/**
 * What waits in the spool is the only live token of its link.
 * @throws ConfigurationError `no-encryption-key` naming each key that is not in the ring
 */
export async function checkSpoolKeys(
  spool: Spool,
  { folder, keyRing }: { readonly folder: string; readonly keyRing: KeyRing },
): Promise<void> {
  const used = [...(await spool.sealedWith()).keys()];
  const missing = used.filter((keyId) => keyId !== '' && !keyRing.keys.has(keyId));
  if (missing.length > 0) throw missingKeys(missing, `refreshed tokens in ${folder} are`);
}

/** @param what is sealed with them, for instance `stored secrets are` */
function missingKeys(keyIds: readonly string[], what: string): ConfigurationError {
  return refusal(
    `lacks the key ${named(keyIds)}, with which ${what} sealed: put it back, behind the first, until pkb-link keys rotate has sealed everything anew (pkb-link keys list shows what each key seals)`,
  );
}

function named(keyIds: readonly string[]): string {
  return keyIds.map((id) => `"${id}"`).join(', ');
}

function refusal(message: string): ConfigurationError {
  return new ConfigurationError('no-encryption-key', message, { setting: 'PKB_LINK_ENCRYPTION_KEYS' });
}

function opens(keyRing: KeyRing, row: { readonly id: string; readonly token_set: string }): boolean {
  try {
    open(keyRing, tokenSetIdentity(row.id), row.token_set);
    return true;
  } catch {
    return false;
  }
}
