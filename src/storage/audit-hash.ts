import type { AuditEntry } from '../model.ts';
import { sha256 } from '../sha256.ts';
import type { StoreScope } from './store.ts';

/**
 * What chains an entry to the one before it. Not keyed: whoever has the entries can check them, and whoever may write all of
 * the database could write another chain. So its head is to be kept elsewhere.
 */
export function auditHash(
  previous: string,
  { environment, clientId }: StoreScope,
  entry: Omit<AuditEntry, 'hash'>,
): string {
  const { position, at, actor, act, linkId = null, reference = null, reason = null, count = null } = entry;
  return sha256(
    JSON.stringify([
      ...[previous, environment, clientId],
      ...[position, at.toISOString(), actor, act, linkId, reference, reason, count],
    ]),
  );
}
