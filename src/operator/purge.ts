import { randomUUID } from 'node:crypto';
import type { App } from '../app.ts';

/** How long what is over is kept, in days. */
export interface Retention {
  /** Links, after they were unlinked, and events that had no link. Default 365. */
  readonly unlinkedKeptDays?: number;
  /** The audit trail. Default 2,190: six years. */
  readonly auditKeptDays?: number;
}

export interface Purged {
  /** False where another process has the turn; nothing was done then. */
  readonly turn: boolean;
  /** Unlinked links, and events without a link, that are erased. */
  readonly erased: number;
  readonly auditEntries: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const UNLINKED_KEPT_DAYS = 365;
const AUDIT_KEPT_DAYS = 2190;

/** Of one transaction, which keeps other writers waiting. */
const PAGE = 100;
const TURN_MS = 300_000;

/**
 * Erases what has been kept for as long as the rule says, and what has expired (`purgeExpired`). Any number of processes may call
 * it: one has the turn.
 */
export async function purge(
  { store, now }: Pick<App, 'store' | 'now'>,
  {
    unlinkedKeptDays = UNLINKED_KEPT_DAYS,
    auditKeptDays = AUDIT_KEPT_DAYS,
    signal,
  }: Retention & { readonly signal?: AbortSignal } = {},
): Promise<Purged> {
  const turn = { name: 'purge', owner: randomUUID() };
  const purged = { turn: true, erased: 0, auditEntries: 0 };
  const mayGoOn = async () => !signal?.aborted && (await store.takeTurn({ ...turn, forMs: TURN_MS }));
  const daysAgo = (days: number) => new Date(now().getTime() - days * DAY_MS);

  if (!(await mayGoOn())) return { ...purged, turn: false };
  try {
    await store.purgeExpired(now());
    let some: number;
    do {
      some = await store.eraseUnlinked({ before: daysAgo(unlinkedKeptDays), limit: PAGE });
      purged.erased += some;
    } while (some > 0 && (await mayGoOn()));
    do {
      some = await store.purgeAudit({ before: daysAgo(auditKeptDays), limit: PAGE });
      purged.auditEntries += some;
    } while (some > 0 && (await mayGoOn()));
    return purged;
  } finally {
    await store.takeTurn({ ...turn, forMs: 0 });
  }
}
