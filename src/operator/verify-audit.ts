import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import type { Chain, ChainPlace } from '../storage/audit.ts';
import { auditHash } from '../storage/audit-hash.ts';

/**
 * The first thing that is not as it was written. `changed`: this entry, or its hash. `missing`: it is not there, and later ones
 * are. `cut-off`: from it on none is there, though there were some. `rewritten`: all of the chain fits together, and is not
 * the one whose head was kept: something up to this entry is different.
 */
export interface Breach {
  readonly kind: 'changed' | 'missing' | 'cut-off' | 'rewritten';
  readonly position: number;
}

export interface Verified extends Chain {
  /** How many were looked at. */
  readonly entries: number;
  readonly breach?: Breach;
}

const PAGE = 1000;

/**
 * Walks the audit trail from where it begins to its head, as that is now, and works out every hash anew.
 *
 * @param input.head the head of an earlier walk, kept where whoever writes to the database cannot: without it an end that
 * was cut off, or a chain written anew, shows only where whoever did it left the recorded head as it was
 * @throws InvalidRequestError `bad-input` where `head` has been purged since
 */
export async function verifyAudit(
  app: Pick<App, 'store'>,
  {
    head: kept,
    onProgress,
  }: { readonly head?: ChainPlace; readonly onProgress?: (done: number, total: number) => void } = {},
): Promise<Verified> {
  const chain = await app.store.auditChain();
  const { anchor, head } = chain;
  if (kept && kept.position < anchor.position) {
    throw new InvalidRequestError(
      'bad-input',
      `the entry ${kept.position} has been purged: the trail begins after ${anchor.position}`,
      { field: 'head' },
    );
  }
  let [place, entries] = [anchor, 0];
  const found = (breach: Breach): Verified => ({ ...chain, entries, breach });
  const isKept = ({ position, hash }: ChainPlace) => position !== kept?.position || hash === kept.hash;

  if (!isKept(anchor)) return found({ kind: 'rewritten', position: anchor.position });
  while (place.position < head.position) {
    const page = await app.store.listAudit({ after: place.position, limit: PAGE });
    const expected = place.position + 1;
    if (page.length === 0) return found({ kind: 'cut-off', position: expected });
    for (const entry of page) {
      if (entry.position > head.position) break;
      const next = place.position + 1;
      if (entry.position !== next) return found({ kind: 'missing', position: next });
      if (entry.hash !== auditHash(place.hash, app.store.scope, entry)) {
        return found({ kind: 'changed', position: next });
      }
      if (!isKept(entry)) return found({ kind: 'rewritten', position: next });
      place = entry;
      entries += 1;
    }
    onProgress?.(place.position - anchor.position, head.position - anchor.position);
  }
  if (place.hash !== head.hash) return found({ kind: 'changed', position: place.position });
  if (kept && kept.position > head.position) {
    return found({ kind: 'cut-off', position: head.position + 1 });
  }
  return { ...chain, entries };
}
