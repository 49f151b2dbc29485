import { createHash } from 'node:crypto';

/** What we keep of a secret that we only ever need to recognise: its SHA-256, as hex. */
export function sha256(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
