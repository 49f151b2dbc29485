/**
 * Answers that are given again to the same Idempotency-Key, in SQL, sealed. They live for a day and are not sealed anew when
 * keys are rotated: one that does not open any more is as good as gone.
 */

import { Failure } from '../errors.ts';
import type { Outward, RepeatableAnswer } from './outward.ts';
import type { Scoped } from './scoped.ts';
import { open, seal } from './seal.ts';
import { sql } from './sql.ts';

const KEPT_MS = 24 * 60 * 60 * 1000;
/** Who has not answered after so long will not. */
const MAKING_MS = 60_000;

export function repeatableAnswers({
  database,
  scope: { environment, clientId },
  keyRing,
  now,
}: Scoped): Pick<Outward, 'claimAnswer' | 'keepAnswer' | 'giveUpAnswer'> {
  return {
    claimAnswer,

    async keepAnswer(keyHash, answer) {
      await database.run(sql`
        update repeatable_answer set answer = ${seal(keyRing, identity(keyHash), JSON.stringify(answer))}
        where environment = ${environment} and client_id = ${clientId} and key_hash = ${keyHash}`);
    },

    async giveUpAnswer(keyHash) {
      await database.run(sql`
        delete from repeatable_answer
        where environment = ${environment} and client_id = ${clientId} and key_hash = ${keyHash}
          and answer is null`);
    },
  };

  async function claimAnswer({
    keyHash,
    requestHash,
  }: Parameters<Outward['claimAnswer']>[0]): ReturnType<Outward['claimAnswer']> {
    const at = now().getTime();
    await forgetAnswers({ database, scope: { environment, clientId }, now });
    const claimed = await database.run(sql`
        insert into repeatable_answer (environment, client_id, key_hash, request_hash, claimed_at)
        values (${environment}, ${clientId}, ${keyHash}, ${requestHash}, ${at})
        on conflict (environment, client_id, key_hash) do update set claimed_at = excluded.claimed_at
        where repeatable_answer.answer is null and repeatable_answer.request_hash = excluded.request_hash
          and repeatable_answer.claimed_at < ${at - MAKING_MS}`);
    if (claimed === 1) return 'claimed';
    const row = await database.get<{ request_hash: string; answer: string | null }>(sql`
        select request_hash, answer from repeatable_answer
        where environment = ${environment} and client_id = ${clientId} and key_hash = ${keyHash}`);
    // Given up since.
    if (!row) return claimAnswer({ keyHash, requestHash });
    return { requestHash: row.request_hash, answer: opened(keyHash, row.answer) };
  }

  function opened(keyHash: string, sealed: string | null): RepeatableAnswer | undefined {
    if (sealed === null) return undefined;
    try {
      return JSON.parse(open(keyRing, identity(keyHash), sealed));
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  }
}

/** Deletes those that are not given again any more. */
export async function forgetAnswers({
  database,
  scope: { environment, clientId },
  now,
}: Pick<Scoped, 'database' | 'scope' | 'now'>): Promise<void> {
  await database.run(sql`
    delete from repeatable_answer
    where environment = ${environment} and client_id = ${clientId} and claimed_at < ${now().getTime() - KEPT_MS}`);
}

function identity(keyHash: string): string {
  return `repeatable_answer:${keyHash}:answer`;
}
