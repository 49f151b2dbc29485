import type { Hono } from 'hono';

/** The pattern that a request matches, as `/v1/links/:app_user_id`: of the path itself it holds nothing. */
export function routeOf(routes: Hono, request: Request): string {
  // HEAD is answered by what answers GET.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const [handlers] = routes.router.match(method, routes.getPath(request));
  const [matched] = handlers.at(-1) ?? [];
  return matched?.[1].path ?? 'none';
}
