import { Hono } from 'hono';
import { problem } from './problem-json.ts';
import { requestId } from './request-id.ts';

/** What holds at the root of a service, whether one client is served there or several. */
export function rootRoutes(): Hono {
  const routes = new Hono();
  routes.notFound(() => problem(404, 'there is no such resource'));
  routes.use(requestId);
  routes.use(async (c, next) => {
    await next();
    c.res.headers.set('Cache-Control', 'no-store');
  });
  routes.get('/healthz', (c) => c.json({ status: 'ok' }));
  return routes;
}
