import { FaultError, InvalidRequestError } from '../errors.ts';
import { type Breach, verifyAudit } from '../operator/verify-audit.ts';
import type { ChainPlace } from '../storage/audit.ts';
import { json, line, remark } from './print.ts';
import { progress } from './progress.ts';
import { withStore } from './with-store.ts';

/**
 * `pkb-link audit verify`: whether the audit trail is as it was written, and its head, to be kept elsewhere.
 * @throws FaultError `audit-trail-broken` where it is not
 */
export function auditVerify(options: { readonly head?: string; readonly json?: boolean }): Promise<void> {
  const kept = options.head === undefined ? undefined : placeIn(options.head);
  return withStore(async (store) => {
    const bar = progress('Verifying');
    const { entries, anchor, head, breach } = await verifyAudit(
      { store },
      { onProgress: bar.to, ...(kept && { head: kept }) },
    ).finally(bar.end);
    if (options.json) {
      json({
        whole: !breach,
        entries,
        begins_after: anchor.position,
        head: text(head),
        breach: breach ?? null,
      });
    }
    if (breach) throw new FaultError('audit-trail-broken', SAID[breach.kind](breach.position));
    if (options.json) return;
    line(`${entries} ${entries === 1 ? 'entry' : 'entries'}, whole. The head is ${text(head)}`);
    remark(
      'Keep the head where nobody who can write to the database can: --head shows later whether it is still there.',
    );
  });
}

const SAID: Readonly<Record<Breach['kind'], (position: number) => string>> = {
  changed: (position) => `the entry ${position} of the audit trail has been changed`,
  missing: (position) => `the entry ${position} of the audit trail is missing`,
  'cut-off': (position) => `the audit trail ends before the entry ${position}, which there was`,
  rewritten: (position) =>
    `the entry ${position} of the audit trail is not the one whose head was kept: it, or one before it, has been changed`,
};

function text({ position, hash }: ChainPlace): string {
  return `${position}:${hash}`;
}

function placeIn(head: string): ChainPlace {
  const [, position, hash] = /^(\d{1,15}):([0-9a-f]{64}|)$/.exec(head) ?? [];
  if (hash !== undefined) return { position: Number(position), hash };
  throw new InvalidRequestError('bad-input', '--head must be what audit verify printed: position:hash', {
    field: 'head',
  });
}
