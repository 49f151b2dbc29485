import type { Hono } from 'hono';
import type { App } from '../../app.ts';
import { browserSessionCookie } from './browser-session.ts';
import { embeddedEntrance } from './entrance.ts';
import { checkedOptions, checkedPaths, type PatientPagesOptions } from './page-options.ts';
import { pages } from './pages.ts';

export type { Brand } from '../../pages/site.ts';
export { type OwnTexts, readOwnTexts } from './own-texts.ts';
export type { PatientPagesOptions } from './page-options.ts';

/**
 * The pages on which a patient connects their PKB record, checks that it is theirs, looks after the connection and ends it,
 * embedded in the partner's own app. Everything is under `options.basePath`, so they can be mounted in another Hono app
 * (`parent.route('/', pages)`) or served as they are (`pages.fetch`). Mount them before middleware of your own that sets a
 * Content-Security-Policy: theirs would be overwritten, and the button to PKB needs it.
 *
 * @throws ConfigurationError `bad-configuration` where an option cannot work, at once
 */
export function patientPages(app: App, options: PatientPagesOptions): Hono {
  checkedPaths(options);
  const secure = checkedOptions(app, options).origin.startsWith('https:');
  return pages({
    app,
    options,
    entrance: embeddedEntrance(options),
    cookie: browserSessionCookie(secure),
  });
}
