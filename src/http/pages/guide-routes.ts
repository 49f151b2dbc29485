import { Hono } from 'hono';
import { noRecordPage } from '../../pages/no-record.ts';
import { notFoundPage } from '../../pages/not-found.ts';
import { notSurePage } from '../../pages/not-sure.ts';
import { wayPage } from '../../pages/way.ts';
import { WAY_PATHS, WAYS, type Way } from '../../pages/ways.ts';
import { parameter, queryOf } from '../parameters.ts';
import { seeOther } from '../see-other.ts';
import type { PageContext } from './page-context.ts';

/** The guide to a PKB record. Open to everybody: it asks nothing of an account and remembers no answer. */
export function guideRoutes({ options: { basePath }, siteOf }: PageContext): Hono {
  const routes = new Hono();

  routes.get('/no-record', (c) => c.html(noRecordPage(siteOf(c))));

  routes.get('/not-sure', (c) => {
    const query = queryOf(c.req.raw);
    const have = parameter(query, 'have', 16) ?? '';
    if (have === 'none') return seeOther(c, `${basePath}/no-record`);
    if (wayAt(have)) return seeOther(c, `${basePath}/ways/${have}`);
    const unanswered = parameter(query, 'asked', 3) !== undefined;
    return c.html(notSurePage(siteOf(c), { unanswered }), unanswered ? 400 : 200);
  });

  routes.get('/ways/:way', (c) => {
    const way = wayAt(c.req.param('way'));
    return way ? c.html(wayPage(siteOf(c), { way })) : c.html(notFoundPage(siteOf(c)), 404);
  });

  return routes;
}

function wayAt(path: string): Way | undefined {
  return WAYS.find((way) => WAY_PATHS[way] === path);
}
