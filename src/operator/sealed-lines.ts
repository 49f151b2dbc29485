/**
 * Lines of text sealed to the holder of an X25519 key (docs/coming-from-elsewhere.md has the format): a head in the clear,
 * with a public key made for this file only, then each line by AES-256-GCM under the key that HKDF makes of both. The nonce is
 * the line's number and the head is bound to each, so that no line can be moved, or the end cut off, unseen.
 */

import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { InvalidRequestError } from '../errors.ts';

const FORMAT = 'pkb-link-export-1';
const TAG_BYTES = 16;

/** @throws InvalidRequestError `bad-input` where `pem` is no X25519 public key */
export function sealLines(pem: string) {
  const recipient = x25519('to', () => {
    // `createPublicKey` takes a private key too, which must not have come here.
    if (pem.includes('PRIVATE KEY')) throw new Error('a private key');
    return createPublicKey(pem);
  });
  const own = generateKeyPairSync('x25519');
  const head = JSON.stringify({ format: FORMAT, ephemeral_key: rawKey(own.publicKey) });
  const key = sharedKey(
    diffieHellman({ privateKey: own.privateKey, publicKey: recipient }),
    own.publicKey,
    recipient,
  );
  let number = 0;
  return {
    head,
    seal(line: string): string {
      number += 1;
      const cipher = createCipheriv('aes-256-gcm', key, nonce(number), { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(head));
      return Buffer.concat([cipher.update(line, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
  };
}

/** @throws InvalidRequestError `bad-input` where the key or the head is none, and for each line that does not open */
export function openLines(pem: string, head: string) {
  const own = x25519('open', () => createPrivateKey(pem));
  const ephemeral = ephemeralKey(head);
  const key = sharedKey(
    diffieHellman({ privateKey: own, publicKey: ephemeral }),
    ephemeral,
    createPublicKey(own),
  );
  let number = 0;
  return {
    open(sealed: string): string {
      number += 1;
      try {
        const bytes = Buffer.from(sealed, 'base64url');
        const decipher = createDecipheriv('aes-256-gcm', key, nonce(number), { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(head));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new InvalidRequestError(
          'bad-input',
          `line ${number + 1} of the export does not open: it was sealed to another key, or changed since`,
          { cause, field: 'file' },
        );
      }
    },
  };
}

function ephemeralKey(head: string): KeyObject {
  try {
    const { format, ephemeral_key: x } = JSON.parse(head);
    if (format !== FORMAT) throw new Error('another format');
    return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  } catch (cause) {
    throw new InvalidRequestError('bad-input', `the file is no ${FORMAT}`, { cause, field: 'file' });
  }
}

function x25519(field: 'to' | 'open', read: () => KeyObject): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyType === 'x25519') return key;
  } catch {
    // Its message may quote what is in the file.
  }
  const [which, make] =
    field === 'to'
      ? (['public', 'openssl pkey -in key.pem -pubout -out public.pem'] as const)
      : (['private', 'openssl genpkey -algorithm X25519 -out key.pem'] as const);
  throw new InvalidRequestError(
    'bad-input',
    `--${field} names no X25519 ${which} key in PEM: make one by "${make}"`,
    {
      field,
    },
  );
}

function sharedKey(secret: Buffer, ephemeral: KeyObject, recipient: KeyObject): Buffer {
  const salt = Buffer.from(rawKey(ephemeral) + rawKey(recipient));
  return Buffer.from(hkdfSync('sha256', secret, salt, FORMAT, 32));
}

/** 32 bytes, base64url. */
function rawKey(key: KeyObject): string {
  return key.export({ format: 'jwk' }).x as string;
}

function nonce(number: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUIntBE(number, 6, 6);
  return bytes;
}
