import { addressUrl, configFromEnvironment } from '../config.ts';
import { makeConsoleCode } from '../console/make-code.ts';
import { ConfigurationError } from '../errors.ts';
import type { ConsoleRole } from '../model.ts';
import { operator } from './operator.ts';
import { json, line, remark } from './print.ts';
import { withStore } from './with-store.ts';

/** `pkb-link console login`: prints an address that lets one person in, once. */
export function consoleLogin(options: {
  readonly role: ConsoleRole;
  readonly name: string;
  readonly json?: boolean;
}): Promise<void> {
  const { console: settings } = configFromEnvironment();
  if (!settings) {
    throw new ConfigurationError('bad-configuration', 'is missing: serve has no console without it', {
      setting: 'PKB_LINK_CONSOLE_ADDRESS',
    });
  }
  return withStore(async (store) => {
    const app = { store, now: () => new Date(), actor: operator() };
    const { code, expiresAt } = await makeConsoleCode(app, options);
    const url = `${settings.url ?? addressUrl(settings)}/admin/sign-in/code/${code}`;
    if (options.json)
      json({ url, name: options.name, role: options.role, expires_at: expiresAt.toISOString() });
    else line(url);
    remark('It is good once, for ten minutes. Give it to nobody but them.');
  });
}
