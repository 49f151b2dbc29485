import { randomBytes, randomUUID } from 'node:crypto';
import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { API_KEY_ACCESS, type ApiKey, type ApiKeyAccess } from '../model.ts';
import { sha256 } from '../sha256.ts';

/**
 * A key for a caller of the HTTP API. Its text is in the answer and nowhere else: what is stored is a SHA-256, which is enough
 * where what was hashed is 256 random bits and not a password.
 *
 * @param input.name whose it is, so that whoever revokes keys knows which
 * @throws InvalidRequestError `bad-input`
 */
export async function makeApiKey(
  app: Pick<App, 'store' | 'now' | 'actor'>,
  { name, access }: { readonly name: string; readonly access: ApiKeyAccess },
): Promise<ApiKey & { readonly key: string }> {
  if (name === '' || name.length > 100 || /\p{Cc}/u.test(name)) {
    throw new InvalidRequestError('bad-input', 'name must be 1 to 100 characters', { field: 'name' });
  }
  if (!API_KEY_ACCESS.includes(access)) {
    throw new InvalidRequestError('bad-input', 'access must be read or write', { field: 'access' });
  }
  // The prefix tells whoever finds one, or a program that looks for leaked secrets, what it is.
  const key = `pkblink_${randomBytes(32).toString('base64url')}`;
  const made = { id: randomUUID(), name, access, createdAt: app.now() };
  await app.store.addApiKey({ ...made, keyHash: sha256(key), by: app.actor });
  return { ...made, key };
}
