import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConfigurationError, FaultError } from '../errors.ts';
import type { KeyRing } from '../storage/seal.ts';
import type { SealedCount, Store } from '../storage/store.ts';
import { operator } from './operator.ts';
import { json, line, remark } from './print.ts';
import { progress } from './progress.ts';
import { withStore } from './with-store.ts';

/** Of a page others wait for the commit. */
const PAGE = 100;

interface Walked {
  readonly resealed: number;
  readonly unreadable: readonly string[];
}

/**
 * `pkb-link keys rotate`: seals with the first key what the others sealed, while others serve. Interrupted, it has done
 * what it has done; again, it goes on.
 * @throws FaultError `seal-unreadable` where rows do not open; ConfigurationError where a process still seals with another
 */
export async function keysRotate(options: { readonly json?: boolean }): Promise<void> {
  let interrupted: NodeJS.Signals | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted = signal;
    });
  }

  await withStore(async (store, keyRing) => {
    const { current } = keyRing;
    await store.record({ act: 'keys.rotated', by: operator(), reference: current });
    const before = otherThan(current, await store.sealedWith());
    const { resealed, unreadable } = await walk(store, sum(before, 'rows'), () => interrupted !== undefined);
    const others = otherThan(current, await store.sealedWith());
    const left = Math.max(0, sum(others, 'rows') - unreadable.length);
    const spooled = sum(others, 'spooled');
    if (options.json) {
      json({
        key: current,
        resealed,
        left,
        unreadable: unreadable.length,
        spooled,
        interrupted: interrupted !== undefined,
      });
    } else line(`${resealed} ${resealed === 1 ? 'row is' : 'rows are'} now sealed with ${current}.`);

    if (spooled > 0) {
      remark(
        `${spooled} in the spool: sealed with an older key until the database has taken it, which happens by itself.`,
      );
    }
    if (interrupted) {
      remark(`Interrupted with ${left} left; nothing is lost. Run it again to go on.`);
      return;
    }
    for (const row of unreadable) remark(`${row} does not open with the key that it names.`);
    if (unreadable.length > 0) {
      throw new FaultError('seal-unreadable', `${unreadable.length} of the stored secrets do not open`);
    }
    if (left > 0) throw stillSealing(keyRing, others);
    sayWhatMayGo(store, keyRing, others);
  });
  // As whoever sent it expects: by that signal.
  if (interrupted) process.kill(process.pid, interrupted);
}

async function walk(store: Store, total: number, stopped: () => boolean): Promise<Walked> {
  const bar = progress('Sealing anew');
  let [resealed, unreadable]: [number, readonly string[]] = [0, []];
  let after: string | undefined;
  try {
    do {
      const page = await store.reseal({ limit: PAGE, ...(after !== undefined && { after }) });
      resealed += page.resealed;
      unreadable = [...unreadable, ...page.unreadable];
      if (page.resealed > 0) bar.to(resealed, total);
      after = page.next;
      // SQLite answers at once: without this no signal would be heard before the end.
      await nextTurn();
    } while (after !== undefined && !stopped());
  } finally {
    bar.end();
  }
  return { resealed, unreadable };
}

function stillSealing({ current }: KeyRing, others: ReadonlyMap<string, SealedCount>): ConfigurationError {
  const keys = [...others.keys()].join(', ');
  return new ConfigurationError(
    'bad-configuration',
    `a process still seals with ${keys}: put ${current} first there too, restart it and rotate again`,
    { setting: 'PKB_LINK_ENCRYPTION_KEYS' },
  );
}

function sayWhatMayGo(
  { scope }: Store,
  { current, keys }: KeyRing,
  others: ReadonlyMap<string, SealedCount>,
): void {
  const free = [...keys.keys()].filter((key) => key !== current && !others.has(key));
  if (free.length === 0) return;
  remark(
    `Nothing is sealed with ${free.join(', ')} any more (environment ${scope.environment}, client ${scope.clientId}). Backups from before are: keep it for them.`,
  );
}

function otherThan(current: string, sealed: ReadonlyMap<string, SealedCount>): Map<string, SealedCount> {
  return new Map([...sealed].filter(([key]) => key !== current));
}

function sum(counts: ReadonlyMap<string, SealedCount>, of: keyof SealedCount): number {
  return [...counts.values()].reduce((total, count) => total + count[of], 0);
}
