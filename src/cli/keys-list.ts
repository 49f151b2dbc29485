import { json, line, remark } from './print.ts';
import { withStore } from './with-store.ts';

/** `pkb-link keys list`: every key of the ring and every other that something is sealed with, one a line. */
export function keysList(options: { readonly json?: boolean }): Promise<void> {
  return withStore(
    async (store, keyRing) => {
      const sealed = await store.sealedWith();
      for (const key of new Set([...keyRing.keys.keys(), ...sealed.keys()])) {
        const { rows = 0, spooled = 0 } = sealed.get(key) ?? {};
        const role = key === keyRing.current ? 'seals' : keyRing.keys.has(key) ? 'opens' : 'missing';
        if (options.json) json({ key, role, rows, spooled });
        else line(keyLine(key, role, rows, spooled));
      }
      const missing = [...sealed.keys()].filter((key) => !keyRing.keys.has(key));
      if (missing.length > 0) {
        remark(
          `Nothing is served before ${missing.join(', ')} is back in PKB_LINK_ENCRYPTION_KEYS. Gone for good? See pkb-link keys lost --help.`,
        );
      }
    },
    { keysMayBeMissing: true },
  );
}

function keyLine(key: string, role: string, rows: number, spooled: number): string {
  const counted = `${rows} ${rows === 1 ? 'row' : 'rows'}${spooled > 0 ? `, ${spooled} in the spool` : ''}`;
  return [key.padEnd(16), role.padEnd(7), counted].join('  ');
}
