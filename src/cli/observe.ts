import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Metrics } from '../metrics/metrics.ts';
import { tracedAnswer } from '../tracing.ts';

/** Around every request: what is answered is counted and traced by the pattern that was asked for, as `/v1/links/:app_user_id`. */
export function observe(metrics: Pick<Metrics, 'answered'>): MiddlewareHandler {
  return (c, next) => {
    const route = routePath(c, -1);
    return tracedAnswer(c.req.raw, route, async () => {
      await next();
      metrics.answered(route, c.res);
      return c.res;
    });
  };
}
