import { Hono } from 'hono';
import { account } from '../../flow/account.ts';
import { history } from '../../flow/history.ts';
import { unlink } from '../../flow/unlink.ts';
import { connectionPage } from '../../pages/connection.ts';
import { disconnectPage } from '../../pages/disconnect.ts';
import { disconnectedPage } from '../../pages/disconnected.ts';
import { historyPage } from '../../pages/history.ts';
import { seeOther } from '../see-other.ts';
import { forAccount, type PageContext } from './page-context.ts';
import { patientIfTold } from './patient-if-told.ts';

/** "Your connection", and the way out of it. */
export function connectionRoutes(context: PageContext): Hono {
  const { app, siteOf } = context;
  const { basePath } = context.options;
  const routes = new Hono();

  routes.get(
    '/',
    forAccount(context, '', async (c, appUserId) => {
      const before = await account(app, { appUserId });
      const asked = before.link?.state === 'active' || before.link?.state === 'suspended';
      const told = asked ? await patientIfTold(c, app, appUserId) : undefined;
      // PKB's answer may have ended, suspended or recovered the link: the page says what is so now.
      const { link } = asked ? await account(app, { appUserId }) : before;
      switch (link?.state) {
        case 'active':
        case 'suspended':
        case 'reauthorization_required':
          return c.html(
            connectionPage(siteOf(c), {
              state: link.state,
              grantedAt: link.grantedAt,
              ...(link.confirmedAt && { since: link.confirmedAt }),
              ...(link.lastUsedAt && { lastUsedAt: link.lastUsedAt }),
              ...(link.sessionEndsAt && { sessionEndsAt: link.sessionEndsAt }),
              ...(told && { patient: told }),
            }),
          );
        case 'proposed':
          return seeOther(c, `${basePath}/confirm`);
        default:
          return seeOther(c, `${basePath}/start`);
      }
    }),
  );

  routes.get(
    '/history',
    forAccount(context, '/history', async (c, appUserId) =>
      c.html(historyPage(siteOf(c), { events: await history(app, { appUserId }) })),
    ),
  );

  routes.get(
    '/disconnect',
    forAccount(context, '/disconnect', async (c, appUserId) => {
      const { link } = await account(app, { appUserId });
      return link ? c.html(disconnectPage(siteOf(c))) : seeOther(c, basePath);
    }),
  );

  routes.post(
    '/disconnect',
    forAccount(context, '/disconnect', async (c, appUserId) => {
      await unlink(app, { appUserId, reason: 'asked' });
      return seeOther(c, `${basePath}/disconnected`);
    }),
  );

  routes.get(
    '/disconnected',
    forAccount(context, '', async (c, appUserId) => {
      const { link } = await account(app, { appUserId });
      return link ? seeOther(c, basePath) : c.html(disconnectedPage(siteOf(c)));
    }),
  );

  return routes;
}
