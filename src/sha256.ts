import { hash, timingSafeEqual } from 'node:crypto';

/** What we keep of a secret that we only ever need to recognise: its SHA-256, as hex. */
export function sha256(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** Hashed first: equal lengths for the comparison, and no time that tells how much of a secret was right. */
export function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(one)), Buffer.from(sha256(other)));
}
