import { InvalidRequestError } from '../errors.ts';
import { operator } from './operator.ts';
import { json, line } from './print.ts';
import { withStore } from './with-store.ts';

/** `pkb-link api-keys revoke <id>`: it opens nothing from now on. Again is a success. */
export function apiKeysRevoke(id: string, options: { readonly json?: boolean }): Promise<void> {
  return withStore(async (store) => {
    const known = (await store.listApiKeys()).some((key) => key.id === id);
    if (!known) throw new InvalidRequestError('not-found', 'there is no such API key', { field: 'id' });
    await store.revokeApiKey(id, operator());
    if (options.json) json({ id, revoked: true });
    else line(`${id} is revoked.`);
  });
}
