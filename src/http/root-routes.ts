import { Hono, type MiddlewareHandler } from 'hono';
import { problem } from './problem-json.ts';

/**
 * What holds at the root of a service, whether one client is served there or several.
 * @param observe around every request
 */
export function rootRoutes(observe?: MiddlewareHandler): Hono {
  const routes = new Hono();
  routes.notFound(() => problem(404, 'there is no such resource'));
  if (observe) routes.use(observe);
  routes.get('/healthz', (c) => c.json({ status: 'ok' }));
  return routes;
}
