import { configFromEnvironment } from '../config.ts';
import { openStore } from '../storage/open-store.ts';
import { type KeyRing, parseKeyRing } from '../storage/seal.ts';
import type { Store, StoreOptions } from '../storage/store.ts';

/** Opens the store that the environment describes, and its key ring, for as long as `work` takes. PKB is not asked. */
export async function withStore<T>(
  work: (store: Store, keyRing: KeyRing) => Promise<T>,
  options: Pick<StoreOptions, 'keysMayBeMissing'> = {},
): Promise<T> {
  const { app } = configFromEnvironment();
  const keyRing = parseKeyRing(app.encryptionKeys);
  const store = await openStore({
    ...options,
    url: app.databaseUrl,
    scope: { environment: app.environment, clientId: app.clientId },
    keyRing,
    spool: { ...(app.spool !== undefined && { folder: app.spool }), report: () => {} },
  });
  try {
    return await work(store, keyRing);
  } finally {
    await store.close();
  }
}
