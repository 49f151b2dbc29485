/** Stands where Next.js would: calls the route's functions, and has a front page and a sign-in beside them. */

import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { GET, POST } from '../examples/embed-next/app/pkb/[[...page]]/route.ts';

const web = new Hono();
for (const path of ['/pkb', '/pkb/*']) {
  web.get(path, (c) => GET(c.req.raw));
  web.post(path, (c) => POST(c.req.raw));
}
web.get('/', (c) => c.text('Home'));
web.get('/sign-in', (c) => c.html('<form method="post"><input name="name"><button>Sign in</button></form>'));
web.post('/sign-in', async (c) => {
  const { name } = await c.req.parseBody();
  c.header('set-cookie', `account=${name}; Path=/; HttpOnly`);
  return c.redirect(c.req.query('then') ?? '/', 303);
});

serve({ fetch: web.fetch, port: Number(process.env.PORT) });
