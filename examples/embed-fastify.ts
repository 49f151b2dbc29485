import { AsyncLocalStorage } from 'node:async_hooks';
import { getRequestListener } from '@hono/node-server';
import { type FastifyRequest, fastify } from 'fastify';
import { account, configFromEnvironment, createApp, patient } from 'pkb-link';
import { patientPages } from 'pkb-link/server';

const config = configFromEnvironment();
const app = await createApp(config.app);
const web = fastify();

/** Your own session goes here: the app_user_id of who is signed in. This one believes its cookie. */
function signedIn(request: FastifyRequest): string | undefined {
  return /(?:^|; )account=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
}

// The pages see a web-standard Request, your session is on Fastify's: this carries who it is from one to the other.
const visitor = new AsyncLocalStorage<string | undefined>();

const brand = { appName: 'My app', organisation: 'My company', supportContact: 'Call 01632 960123' };
const paths = { basePath: '/pkb', signInPath: '/sign-in', homePath: '/' };
const pages = patientPages(app, { ...paths, brand, account: async () => visitor.getStore() });
const listener = getRequestListener(pages.fetch);

web.register(async (mounted) => {
  // The pages read their forms themselves. In here only: your other routes keep their parsers.
  mounted.removeAllContentTypeParsers();
  mounted.addContentTypeParser('*', (_request, _body, done) => done(null));
  for (const path of ['/pkb', '/pkb/*']) {
    mounted.all(path, (request, reply) => {
      reply.hijack();
      return visitor.run(signedIn(request), () => listener(request.raw, reply.raw));
    });
  }
});

// Your own sign-in goes here. Where it leads afterwards is checked: only to the patient pages, or home.
web.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
  done(null, new URLSearchParams(String(body))),
);
const form = '<form method="post"><label>Name <input name="name"></label> <button>Sign in</button></form>';
web.get('/sign-in', (_request, reply) => reply.type('text/html').send(form));
web.post<{ Body: URLSearchParams; Querystring: { then?: string } }>('/sign-in', (request, reply) => {
  const name = encodeURIComponent(request.body.get('name') ?? '');
  reply.header('set-cookie', `account=${name}; Path=/; HttpOnly; SameSite=Lax`);
  const { then = '' } = request.query;
  return reply.redirect(then.startsWith('/pkb') ? then : '/', 303);
});

web.get('/', async (request) => {
  const appUserId = signedIn(request);
  if (appUserId === undefined) return 'Sign in first: /sign-in';
  const { link } = await account(app, { appUserId });
  if (link?.state !== 'active') return 'Connect your PKB record: /pkb';
  const { givenNames, familyName } = await patient(app, { appUserId });
  return `Hello ${givenNames.join(' ')} ${familyName}`;
});

await web.listen({ port: config.port });
