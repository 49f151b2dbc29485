import type { ApiKeyAccess } from '../model.ts';
import { makeApiKey } from '../outward/make-api-key.ts';
import { operator } from './operator.ts';
import { json, line, remark } from './print.ts';
import { withStore } from './with-store.ts';

/** `pkb-link api-keys create`: prints the key, this once. */
export function apiKeysCreate(
  name: string,
  { access, ...options }: { readonly access: ApiKeyAccess; readonly json?: boolean },
): Promise<void> {
  return withStore(async (store) => {
    const { id, key } = await makeApiKey(
      { store, now: () => new Date(), actor: operator() },
      { name, access },
    );
    if (options.json) json({ id, name, access, key });
    else line(key);
    remark('Nobody can show it again. Keep it where you keep your secrets.');
  });
}
