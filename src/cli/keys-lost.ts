import { InvalidRequestError } from '../errors.ts';
import { operator } from './operator.ts';
import { json, line } from './print.ts';
import { withStore } from './with-store.ts';

/** `pkb-link keys lost <id>`: where a key is gone for good, lets everything that it did not seal be served again. */
export function keysLost(id: string, options: { readonly json?: boolean }): Promise<void> {
  return withStore(
    async (store, keyRing) => {
      if (keyRing.keys.has(id)) {
        throw new InvalidRequestError('bad-input', `${id} is in PKB_LINK_ENCRYPTION_KEYS: it is not lost`, {
          field: 'id',
        });
      }
      const { links, authorizations } = await store.giveUp(id, operator());
      if (options.json) json({ key: id, links, authorizations });
      else
        line(`Given up: ${links} links, ${authorizations} authorizations. Their patients must grant again.`);
    },
    { keysMayBeMissing: true },
  );
}
