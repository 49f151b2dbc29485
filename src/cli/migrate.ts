import { json, line } from './print.ts';
import { withApp } from './with-app.ts';

/** `pkb-link migrate`: brings the database up to this version. `serve` does so too; run it first to see it pass. */
export function migrate(options: { readonly json?: boolean }): Promise<void> {
  return withApp(async ({ store }) => {
    const { environment, clientId } = store.scope;
    if (options.json) json({ migrated: true, environment, client_id: clientId });
    else line(`The database is up to date (environment ${environment}, client ${clientId}).`);
  });
}
