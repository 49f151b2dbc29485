import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { configFromEnvironment, createApp, patient } from 'pkb-link';
import { patientPages } from 'pkb-link/server';

const config = configFromEnvironment();
const app = await createApp(config.app);
const web = new Hono();

// Your own session goes here: the app_user_id of who is signed in, or undefined.
const account = async (_request: Request) => 'account-1';

const brand = { appName: 'My app', organisation: 'My company', supportContact: 'Call 01632 960123' };
web.route('/', patientPages(app, { basePath: '/pkb', brand, account, signInPath: '/', homePath: '/' }));

web.get('/hello', async (c) => {
  const appUserId = await account(c.req.raw);
  const { givenNames, familyName } = await patient(app, { appUserId });
  return c.text(`Hello ${givenNames.join(' ')} ${familyName}`);
});

serve({ fetch: web.fetch, port: config.port });
