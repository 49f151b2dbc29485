import { randomBytes } from 'node:crypto';
import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { CONSOLE_ROLES, type ConsoleRole } from '../model.ts';
import { sha256 } from '../sha256.ts';

const LASTS_MS = 10 * 60 * 1000;

/**
 * A code that lets one person into the console, once, within ten minutes.
 * @param input.name theirs: what they do is in the audit trail under it
 * @returns the code, which is stored nowhere
 * @throws InvalidRequestError `bad-input`
 */
export async function makeConsoleCode(
  app: Pick<App, 'store' | 'now' | 'actor'>,
  { name, role }: { readonly name: string; readonly role: ConsoleRole },
): Promise<{ readonly code: string; readonly expiresAt: Date }> {
  if (name.trim() === '' || name.length > 100 || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new InvalidRequestError('bad-input', 'name must be 1 to 100 characters', { field: 'name' });
  }
  if (!CONSOLE_ROLES.includes(role)) {
    throw new InvalidRequestError('bad-input', 'role must be support or operator', { field: 'role' });
  }
  const code = randomBytes(32).toString('base64url');
  const expiresAt = new Date(app.now().getTime() + LASTS_MS);
  await app.store.record({ act: 'console.code_made', by: app.actor, reason: `${role} ${name}` });
  await app.store.addConsoleCode({ codeHash: sha256(code), name, role, expiresAt });
  return { code, expiresAt };
}
