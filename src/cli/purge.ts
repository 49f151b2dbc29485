import { configFromEnvironment } from '../config.ts';
import { purge as purgeOnce } from '../operator/purge.ts';
import { json, line, remark } from './print.ts';
import { withStore } from './with-store.ts';

/** `pkb-link purge`: once what `serve` does by itself every hour. */
export function purge(options: { readonly json?: boolean }): Promise<void> {
  const { retention } = configFromEnvironment();
  return withStore(async (store) => {
    const { turn, erased, auditEntries } = await purgeOnce({ store, now: () => new Date() }, retention);
    if (options.json) return json({ turn, erased, audit_entries: auditEntries });
    if (!turn) return remark('Another process is at it: nothing was done.');
    line(
      `${erased} unlinked links and lone events erased, ${auditEntries} entries of the audit trail purged.`,
    );
  });
}
