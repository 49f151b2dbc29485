import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { account, configFromEnvironment, createApp, patient } from 'pkb-link';
import { patientPages } from 'pkb-link/server';

const config = configFromEnvironment();
const app = await createApp(config.app);
const web = new Hono();

/** Your own session goes here: the app_user_id of who is signed in. This one believes its cookie. */
async function signedIn(request: Request): Promise<string | undefined> {
  return /(?:^|; )account=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1];
}

// Your own sign-in goes here. Where it leads afterwards is checked: only to the patient pages, or home.
const form = '<form method="post"><label>Name <input name="name"></label> <button>Sign in</button></form>';
web.get('/sign-in', (c) => c.html(form));
web.post('/sign-in', async (c) => {
  const { name } = await c.req.parseBody();
  setCookie(c, 'account', String(name), { path: '/', httpOnly: true, sameSite: 'Lax' });
  const then = c.req.query('then') ?? '';
  return c.redirect(then.startsWith('/pkb') ? then : '/', 303);
});

web.get('/', async (c) => {
  const appUserId = await signedIn(c.req.raw);
  if (appUserId === undefined) return c.text('Sign in first: /sign-in');
  const { link } = await account(app, { appUserId });
  if (link?.state !== 'active') return c.text('Connect your PKB record: /pkb');
  const { givenNames, familyName } = await patient(app, { appUserId });
  return c.text(`Hello ${givenNames.join(' ')} ${familyName}`);
});

const brand = { appName: 'My app', organisation: 'My company', supportContact: 'Call 01632 960123' };
const paths = { basePath: '/pkb', signInPath: '/sign-in', homePath: '/' };
web.route('/', patientPages(app, { ...paths, brand, account: signedIn }));

serve({ fetch: web.fetch, port: config.port });
