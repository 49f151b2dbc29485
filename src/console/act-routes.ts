/** What changes something. Each act is asked for on a page of its own before it is done. */

import { InvalidRequestError } from '../errors.ts';
import { unlink } from '../flow/unlink.ts';
import { seeOther } from '../http/see-other.ts';
import type { Link } from '../model.ts';
import { lookAtLink } from '../operator/look-up.ts';
import { redeliver } from '../outward/redeliver.ts';
import type { DeadLetter } from '../storage/outward.ts';
import { resendPage } from './dead-letter-pages.ts';
import { unlinkPage } from './link-pages.ts';
import type { ConsoleRoute, Visit } from './visit.ts';

export const ACT_ROUTES: readonly ConsoleRoute[] = [
  { method: 'get', path: '/admin/links/:id/unlink', needs: 'support', answer: askUnlink },
  { method: 'post', path: '/admin/links/:id/unlink', needs: 'support', answer: doUnlink },
  { method: 'get', path: '/admin/dead-letters/:id/resend', needs: 'operator', answer: askResend },
  { method: 'post', path: '/admin/dead-letters/:id/resend', needs: 'operator', answer: doResend },
];

async function askUnlink(visit: Visit): Promise<Response> {
  const { c, app, frame } = visit;
  const link = await currentLink(visit);
  await app.store.record({ act: 'link.viewed', by: app.actor, linkId: link.id });
  return c.html(unlinkPage(frame, link));
}

async function doUnlink(visit: Visit): Promise<Response> {
  const { id, appUserId } = await currentLink(visit);
  await unlink(visit.app, { appUserId, reason: 'operator' });
  return seeOther(visit.c, `/admin/links/${id}`);
}

/** A page of yesterday must not end the link that the account has today. */
async function currentLink({ c, app }: Visit): Promise<Link> {
  const { link } = await lookAtLink(app, { linkId: c.req.param('id') ?? '' });
  if (link.state !== 'unlinked') return link;
  throw new InvalidRequestError('unknown-link', 'this link is unlinked already', { field: 'link' });
}

async function askResend(visit: Visit): Promise<Response> {
  return visit.c.html(resendPage(visit.frame, await letterOf(visit)));
}

async function doResend(visit: Visit): Promise<Response> {
  const { c, app, frame, webhook } = visit;
  const letter = await letterOf(visit);
  if (!webhook) throw new InvalidRequestError('bad-input', 'there is nobody to send to', { field: 'event' });
  const delivered = await redeliver(app, { webhook, letter });
  return delivered.accepted
    ? seeOther(c, '/admin/dead-letters')
    : c.html(resendPage(frame, letter, delivered.failure));
}

async function letterOf({ c, app }: Visit): Promise<DeadLetter> {
  const letter = await app.store.findDeadLetter(c.req.param('id') ?? '');
  if (letter) return letter;
  throw new InvalidRequestError('not-found', 'this is no dead letter, or not any more', { field: 'event' });
}
