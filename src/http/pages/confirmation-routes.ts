import { Hono } from 'hono';
import { InvalidRequestError } from '../../errors.ts';
import { account } from '../../flow/account.ts';
import { link } from '../../flow/link.ts';
import { patient } from '../../flow/patient.ts';
import { unlink } from '../../flow/unlink.ts';
import { confirmPage } from '../../pages/confirm.ts';
import { connectedPage } from '../../pages/connected.ts';
import { declinedPage } from '../../pages/declined.ts';
import type { PatientDetails } from '../../pages/patient-details.ts';
import { formOf } from '../form.ts';
import { requiredParameter } from '../parameters.ts';
import { seeOther } from '../see-other.ts';
import { keptPlace, mayPass } from './kept-place.ts';
import { forAccount, type PageContext } from './page-context.ts';
import { patientIfTold } from './patient-if-told.ts';

const MAX_ID = 100;

/** "Is this your record?" and its two answers. */
export function confirmationRoutes(context: PageContext): Hono {
  const { app, entrance, siteOf } = context;
  const { basePath } = context.options;
  const routes = new Hono();

  routes.get(
    '/confirm',
    forAccount(context, '/confirm', async (c, appUserId) => {
      const { link: proposed } = await account(app, { appUserId });
      if (proposed?.state !== 'proposed') return seeOther(c, basePath);
      let shown: PatientDetails;
      try {
        shown = await patient(app, { appUserId });
      } catch (thrown) {
        if (!mayPass(thrown)) throw thrown;
        return keptPlace(c, context, thrown, `${basePath}/confirm`);
      }
      const { id: linkId, comparison } = proposed;
      return c.html(confirmPage(siteOf(c), { linkId, patient: shown, ...(comparison && { comparison }) }));
    }),
  );

  routes.post(
    '/confirm',
    forAccount(context, '/confirm', async (c, appUserId) => {
      await link(app, { appUserId, linkId: requiredParameter(formOf(c), 'linkId', MAX_ID) });
      return seeOther(c, entrance.confirmed(c));
    }),
  );

  routes.post(
    '/decline',
    forAccount(context, '/confirm', async (c, appUserId) => {
      const linkId = requiredParameter(formOf(c), 'linkId', MAX_ID);
      const { link: current } = await account(app, { appUserId });
      // A page of yesterday must not end the link of today.
      if (current && current.id !== linkId) {
        throw new InvalidRequestError('unknown-link', 'the account has another link by now', {
          field: 'linkId',
        });
      }
      await unlink(app, { appUserId, reason: 'not-my-record' });
      return seeOther(c, `${basePath}/declined`);
    }),
  );

  routes.get(
    '/connected',
    forAccount(context, '', async (c, appUserId) => {
      const { link: current } = await account(app, { appUserId });
      if (current?.state !== 'active') return seeOther(c, basePath);
      const told = await patientIfTold(c, app, appUserId);
      return c.html(connectedPage(siteOf(c), { patient: told, continueTo: app.returnAddresses[0] }));
    }),
  );

  routes.get(
    '/declined',
    forAccount(context, '', async (c, appUserId) => {
      const { link: current } = await account(app, { appUserId });
      return current ? seeOther(c, basePath) : c.html(declinedPage(siteOf(c)));
    }),
  );

  return routes;
}
