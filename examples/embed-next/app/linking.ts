import { configFromEnvironment, createApp } from 'pkb-link';
import { patientPages } from 'pkb-link/server';

/** Your own session goes here: the app_user_id of who is signed in. This one believes its cookie. */
export async function signedIn(request: Request): Promise<string | undefined> {
  return /(?:^|; )account=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1];
}

const brand = { appName: 'My app', organisation: 'My company', supportContact: 'Call 01632 960123' };
const paths = { basePath: '/pkb', signInPath: '/sign-in', homePath: '/' };

async function open() {
  const app = await createApp(configFromEnvironment().app);
  return { app, pages: patientPages(app, { ...paths, brand, account: signedIn }) };
}

let opened: ReturnType<typeof open> | undefined;

/** Opened by the first request: `next build` loads this file too, where there may be no settings and no database. */
export function linking(): ReturnType<typeof open> {
  opened ??= open().catch((failure) => {
    opened = undefined; // The next request tries again.
    throw failure;
  });
  return opened;
}
