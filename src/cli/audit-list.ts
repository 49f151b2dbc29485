import { checkedAppUserId } from '../flow/account.ts';
import type { AuditEntry } from '../model.ts';
import { isRead, json, line, oneLine } from './print.ts';
import { withStore } from './with-store.ts';

const PAGE = 500;

/** `pkb-link audit list`: who did what, one entry a line, in the order in which it was recorded. */
export function auditList({
  link: linkId,
  account,
  after = 0,
  json: asJson,
}: {
  readonly link?: string;
  readonly account?: string;
  readonly after?: number;
  readonly json?: boolean;
}): Promise<void> {
  const which = {
    ...(linkId !== undefined && { linkId }),
    ...(account !== undefined && { appUserId: checkedAppUserId(account) }),
  };
  return withStore(async (store) => {
    let next: number | undefined = after;
    do {
      const page: readonly AuditEntry[] = await store.listAudit({ ...which, after: next, limit: PAGE });
      for (const entry of page) {
        if (asJson) json(auditJson(entry));
        else line(auditLine(entry));
      }
      next = page.length === PAGE ? page.at(-1)?.position : undefined;
    } while (next !== undefined && isRead());
  });
}

function auditLine({ position, at, actor, act, linkId, reference, reason, count }: AuditEntry): string {
  const about = [linkId, reference, reason, count].filter((each) => each !== undefined);
  return oneLine([String(position).padStart(6), at.toISOString(), actor, act, ...about].join('  '));
}

/** All that its hash is made of, and the hash. */
export function auditJson(entry: AuditEntry) {
  return {
    position: entry.position,
    at: entry.at,
    actor: entry.actor,
    act: entry.act,
    link: entry.linkId ?? null,
    reference: entry.reference ?? null,
    reason: entry.reason ?? null,
    count: entry.count ?? null,
    hash: entry.hash,
  };
}
