/** A POST that may be sent again: the same Idempotency-Key gets the same answer, and makes nothing twice. */

import type { Context } from 'hono';
import type { App } from '../../app.ts';
import { InvalidRequestError } from '../../errors.ts';
import { sha256 } from '../../sha256.ts';
import type { RepeatableAnswer } from '../../storage/outward.ts';
import { problem } from '../problem-json.ts';

/**
 * Only what succeeded is given again: after a failure the same key may try anew.
 *
 * @param input what was asked, as it was understood: the same key with another is refused
 * @throws InvalidRequestError `bad-input` for a key that is none, and whatever `work` throws
 */
export async function once(
  app: App,
  c: Context,
  input: unknown,
  work: () => Promise<RepeatableAnswer>,
): Promise<Response> {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return response(await work());
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new InvalidRequestError('bad-input', 'Idempotency-Key must be 1 to 255 characters without spaces', {
      field: 'idempotency-key',
    });
  }
  const keyHash = sha256(key);
  // With the key in it, which is not stored: whom a request is about could be guessed from a hash of it alone.
  const requestHash = sha256(JSON.stringify([key, c.req.method, c.req.path, input]));
  const claim = await app.store.claimAnswer({ keyHash, requestHash });
  if (claim !== 'claimed') {
    if (claim.requestHash !== requestHash) {
      return problem(422, 'this Idempotency-Key was used for another request: use a new one');
    }
    if (claim.answer) return response(claim.answer);
    return problem(409, 'the first request with this Idempotency-Key is still being answered', {
      'Retry-After': '1',
    });
  }
  try {
    const answer = await work();
    await app.store.keepAnswer(keyHash, answer);
    return response(answer);
  } catch (thrown) {
    await app.store.giveUpAnswer(keyHash);
    throw thrown;
  }
}

function response({ status, body }: RepeatableAnswer): Response {
  return Response.json(body, { status });
}
