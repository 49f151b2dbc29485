import { AsyncLocalStorage } from 'node:async_hooks';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { account, configFromEnvironment, createApp, patient } from 'pkb-link';
import { patientPages } from 'pkb-link/server';

const config = configFromEnvironment();
const app = await createApp(config.app);
const web = express();

/** Your own session goes here: the app_user_id of who is signed in. This one believes its cookie. */
function signedIn(req: express.Request): string | undefined {
  return /(?:^|; )account=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1];
}

// The pages see a web-standard Request, your session is on Express's: this carries who it is from one to the other.
const visitor = new AsyncLocalStorage<string | undefined>();

const brand = { appName: 'My app', organisation: 'My company', supportContact: 'Call 01632 960123' };
const paths = { basePath: '/pkb', signInPath: '/sign-in', homePath: '/' };
const pages = patientPages(app, { ...paths, brand, account: async () => visitor.getStore() });
const listener = getRequestListener(pages.fetch);

// `all`, as `use` takes /pkb off the address; before any body parser, as the pages read their forms themselves.
web.all(['/pkb', '/pkb/{*page}'], (req, res) => visitor.run(signedIn(req), () => listener(req, res)));
web.use(express.urlencoded());

// Your own sign-in goes here. Where it leads afterwards is checked: only to the patient pages, or home.
const form = '<form method="post"><label>Name <input name="name"></label> <button>Sign in</button></form>';
web.get('/sign-in', (_req, res) => res.send(form));
web.post('/sign-in', (req, res) => {
  res.cookie('account', String(req.body.name), { httpOnly: true, sameSite: 'lax' });
  const then = String(req.query.then);
  res.redirect(303, then.startsWith('/pkb') ? then : '/');
});

web.get('/', async (req, res) => {
  const appUserId = signedIn(req);
  res.type('text/plain');
  if (appUserId === undefined) return res.send('Sign in first: /sign-in');
  const { link } = await account(app, { appUserId });
  if (link?.state !== 'active') return res.send('Connect your PKB record: /pkb');
  const { givenNames, familyName } = await patient(app, { appUserId });
  return res.send(`Hello ${givenNames.join(' ')} ${familyName}`);
});

web.listen(config.port);
