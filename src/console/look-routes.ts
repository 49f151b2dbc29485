/** What anybody who has signed in may look at. Who looked at whose link is in the audit trail. */

import { InvalidRequestError } from '../errors.ts';
import { formOf } from '../http/form.ts';
import { parameter, queryOf, requiredParameter } from '../http/parameters.ts';
import { FUNNEL_DAYS, funnel } from '../operator/funnel.ts';
import { lookAtLink, lookUp } from '../operator/look-up.ts';
import { deadLettersPage } from './dead-letter-pages.ts';
import { linkPage, searchPage } from './link-pages.ts';
import { overviewPage } from './overview-page.ts';
import type { ConsoleRoute, Visit } from './visit.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const LETTERS = 50;

export const LOOK_ROUTES: readonly ConsoleRoute[] = [
  { method: 'get', path: '/admin', needs: 'support', answer: overview },
  {
    method: 'get',
    path: '/admin/search',
    needs: 'support',
    answer: async ({ c, frame }) => c.html(searchPage(frame)),
  },
  { method: 'post', path: '/admin/search', needs: 'support', answer: search },
  { method: 'get', path: '/admin/links/:id', needs: 'support', answer: oneLink },
  { method: 'get', path: '/admin/dead-letters', needs: 'support', answer: deadLetters },
];

async function overview({ c, app, frame, figures }: Visit): Promise<Response> {
  const asked = Number(parameter(queryOf(c.req.raw), 'days', 2) ?? 7);
  const days = FUNNEL_DAYS.find((one) => one === asked) ?? 7;
  const [counted, counts, sessionEnds, seen] = await Promise.all([
    funnel(app, { days }),
    app.store.counts(),
    app.store.countSessionEnds({ to: new Date(app.now().getTime() + 30 * DAY_MS) }),
    figures(),
  ]);
  return c.html(
    overviewPage(frame, { now: app.now(), days, funnel: counted, counts, sessionEnds, figures: seen }),
  );
}

/** By POST: whose id it is belongs in no address, and so in no log and no browser's history. */
async function search({ c, app, frame }: Visit): Promise<Response> {
  const form = await formOf(c);
  let id = '';
  try {
    id = requiredParameter(form, 'id', 255).trim();
    const found = await lookUp(app, { id });
    await app.store.transaction(async (tx) => {
      await tx.record({ act: 'console.searched', by: app.actor, count: found.links.length });
      for (const { id: linkId } of found.links)
        await tx.record({ act: 'link.viewed', by: app.actor, linkId });
    });
    return c.html(searchPage(frame, { id, found }));
  } catch (thrown) {
    if (!(thrown instanceof InvalidRequestError)) throw thrown;
    return c.html(searchPage(frame, { id, wrong: 'This can be neither an account nor a public id' }), 400);
  }
}

async function oneLink({ c, app, frame }: Visit): Promise<Response> {
  const seen = await lookAtLink(app, { linkId: c.req.param('id') ?? '' });
  await app.store.record({ act: 'link.viewed', by: app.actor, linkId: seen.link.id });
  return c.html(linkPage(frame, seen));
}

async function deadLetters({ c, app, frame, login, webhook }: Visit): Promise<Response> {
  const after = parameter(queryOf(c.req.raw), 'after', 64);
  const letters = await app.store.listDeadLetters({ limit: LETTERS, ...(after !== undefined && { after }) });
  const more = letters.length === LETTERS ? letters.at(-1)?.event.id : undefined;
  return c.html(
    deadLettersPage(frame, {
      letters,
      role: login.role,
      canSend: webhook !== undefined,
      ...(more !== undefined && { more }),
    }),
  );
}
