/** Several tenants behind one address: each its own API below its name, and its own pages where its redirect address says. */

import type { Connection } from './connection.ts';
import type { HostedPages } from './pages/hosted-pages.ts';
import { problem } from './problem-json.ts';
import { rootRoutes } from './root-routes.ts';

/** What of Hono's routes is needed to have a request answered. */
export interface Routes {
  fetch(request: Request, connection?: Connection): Response | Promise<Response>;
}

export type Pages = Omit<HostedPages, 'routes'> & { readonly routes: Routes };

export interface TenantRoutes {
  readonly name: string;
  /** As `api` makes them: below `/`. */
  readonly api: Routes;
  readonly pages?: Pages;
}

/**
 * `/<name>/v1` is always the API's: pages may be at `/<name>` too. Pages of one path on two origins are told apart by the
 * request's host.
 */
export function tenants(
  all: readonly TenantRoutes[],
): (request: Request, connection?: Connection) => Response | Promise<Response> {
  const shared = sharedRoutes(all);
  const byName = new Map(all.map((tenant) => [tenant.name, tenant]));

  function pagesFor(request: Request): Pages | undefined {
    const covering = all.flatMap(({ pages }) => (pages?.covers(request) ? [pages] : []));
    if (covering.length < 2) return covering[0];
    const { host } = new URL(request.url);
    return covering.find(({ url }) => new URL(url).host === host);
  }

  return (request, connection) => {
    const [, first = '', second] = new URL(request.url).pathname.split('/');
    const tenant = byName.get(first);
    const pages = tenant && second === 'v1' ? undefined : pagesFor(request);
    if (pages) return pages.routes.fetch(request, connection);
    return tenant ? tenant.api.fetch(below(request, first), connection) : shared.fetch(request, connection);
  };
}

function sharedRoutes(all: readonly TenantRoutes[]): Routes {
  const routes = rootRoutes();
  routes.get('/readyz', async (c) => {
    const ready = await Promise.all(all.map(async ({ api }) => (await api.fetch(new Request(c.req.url))).ok));
    const away = all.filter((_, place) => !ready[place]).map(({ name }) => name);
    if (away.length === 0) return c.json({ status: 'ok' });
    return problem(503, `the database does not answer: tenant ${away.join(', ')}`);
  });
  return routes;
}

/** The same request, as the tenant's own routes know it. */
function below(request: Request, name: string): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(name.length + 1) || '/';
  return new Request(url, request);
}
