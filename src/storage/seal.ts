/**
 * Seals secrets for storage: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D), the row's identity as associated
 * data, so that a sealed value copied to another row or column does not open.
 *
 * Form: `<key id>.<nonce>.<ciphertext and tag>`, base64url.
 */

import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { ConfigurationError, FaultError } from '../errors.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The first key seals, all of them open. */
export interface KeyRing {
  /** Id of the key that seals. */
  readonly current: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

/**
 * Reads `id:base64,id:base64`: each key 32 bytes, ids of letters, digits, `-` and `_`.
 * @throws ConfigurationError `no-encryption-key`, naming the remedy, never the key.
 */
export function parseKeyRing(text: string): KeyRing {
  const keys = new Map<string, KeyObject>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [, id, base64] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/.exec(entry) ?? [];
    const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64');
    if (id === undefined || bytes?.length !== 32 || keys.has(id)) {
      throw new ConfigurationError(
        'no-encryption-key',
        `entry ${keys.size + 1} must be id:base64 with an id of its own and 32 bytes (openssl rand -base64 32)`,
        { setting: 'PKB_LINK_ENCRYPTION_KEYS' },
      );
    }
    keys.set(id, createSecretKey(bytes));
  }
  const [current] = keys.keys();
  return { current: current as string, keys };
}

/** @param identity what the value is and where it is kept, for instance `link:<id>:token_set`. */
export function seal(ring: KeyRing, identity: string, secret: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key(ring, ring.current), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(identity));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${ring.current}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
}

/** @throws FaultError `seal-unreadable` where the key is not in the ring, or the value is not what was sealed here. */
export function open(ring: KeyRing, identity: string, sealed: string): string {
  const [id = '', nonce = '', body = ''] = sealed.split('.');
  const bytes = Buffer.from(body, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key(ring, id), Buffer.from(nonce, 'base64url'), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(identity));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const secret = decipher.update(bytes.subarray(0, -TAG_BYTES));
    // What checks the tag; there is nothing left for it to give out.
    decipher.final();
    return secret.toString('utf8');
  } catch (cause) {
    throw new FaultError('seal-unreadable', `a stored secret does not open with key "${id}"`, { cause });
  }
}

/** Which key a sealed value needs. */
export function keyIdOf(sealed: string): string {
  return sealed.slice(0, sealed.indexOf('.'));
}

function key(ring: KeyRing, id: string): KeyObject {
  const found = ring.keys.get(id);
  if (!found) throw new Error(`no key "${id}" in PKB_LINK_ENCRYPTION_KEYS`);
  return found;
}
