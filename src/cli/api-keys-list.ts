import { isRead, json, line, remark } from './print.ts';
import { withStore } from './with-store.ts';

/** `pkb-link api-keys list`: every key, revoked ones too, one a line. The key itself is stored nowhere. */
export function apiKeysList(options: { readonly json?: boolean }): Promise<void> {
  return withStore(async (store) => {
    const keys = await store.listApiKeys();
    if (keys.length === 0) remark('There are no API keys beside that of PKB_LINK_API_KEY.');
    for (const { id, name, access, createdAt, lastUsedAt, revokedAt } of keys) {
      if (!isRead()) return;
      const used = lastUsedAt?.toISOString().slice(0, 10) ?? null;
      if (options.json) {
        json({
          id,
          name,
          access,
          created_at: createdAt.toISOString(),
          last_used_on: used,
          revoked_at: revokedAt?.toISOString() ?? null,
        });
      } else {
        const state = revokedAt ? 'revoked' : 'in use';
        line([id, access.padEnd(5), state, `last used ${used ?? 'never     '}`, name].join('  '));
      }
    }
  });
}
