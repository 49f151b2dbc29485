import { Hono } from 'hono';
import type { z } from 'zod';
import type { App } from '../../app.ts';
import { UpstreamUnavailableError } from '../../errors.ts';
import { account } from '../../flow/account.ts';
import { finish } from '../../flow/finish.ts';
import { returnAddress } from '../../flow/return-address.ts';
import { arrange } from '../../hosted/arrange.ts';
import { type Completed, complete } from '../../hosted/complete.ts';
import { linkSession } from '../../hosted/link-session.ts';
import type { ExpectedIdentity, Link } from '../../model.ts';
import { problemForCaller } from '../problem-json.ts';
import { reportFailure } from '../report-failure.ts';
import type { NewLinkSession } from './api-input.ts';
import type { OfCaller } from './api-key.ts';
import { once } from './idempotency-key.ts';
import { jsonBody } from './json-body.ts';
import { linkJson } from './link-json.ts';

/** @param pagesUrl where the hosted pages are, for instance `https://link.example/pkb` */
export function linkSessionRoutes(app: App, pagesUrl: string): Hono<OfCaller> {
  const routes = new Hono<OfCaller>();

  routes.post('/link-sessions', async (c) => {
    const asked = await jsonBody(c, 'NewLinkSession');
    return once(app, c, asked, async () => {
      const { app_user_id, return_url, page, language, expected } = asked;
      const { id, secret, expiresAt } = await arrange(app, {
        appUserId: app_user_id,
        returnUrl: return_url,
        ...(page && { page }),
        ...(language && { language }),
        ...(expected && { expected: expectedIdentity(expected) }),
      });
      const url = `${pagesUrl}/session/${secret}`;
      return { status: 201, body: { id, url, expires_at: expiresAt.toISOString() } };
    });
  });

  routes.get('/link-sessions/:id', async (c) => {
    const outcome = await linkSession(app, { linkSessionId: c.req.param('id') });
    return c.json({
      id: outcome.linkSession.id,
      app_user_id: outcome.linkSession.appUserId,
      page: outcome.linkSession.page,
      state: outcome.state,
      failure: outcome.failure ?? null,
      expires_at: outcome.linkSession.expiresAt.toISOString(),
    });
  });

  routes.post('/link-sessions/:id/complete', async (c) => {
    const { app_user_id: appUserId, completion } = await jsonBody(c, 'Completion');
    const linkSessionId = c.req.param('id');
    let completed: Completed;
    try {
      completed = await complete(c.get('app'), { linkSessionId, appUserId, completion });
    } catch (thrown) {
      const reported = reportFailure(c, app, thrown);
      const { failure, reference } = reported;
      return problemForCaller(reported, `${pagesUrl}/problem/${failure.code}?reference=${reference}`);
    }
    const { authorizationId, linkSession, vouching } = completed;
    const vouched = `${pagesUrl}/session/${linkSessionId}/vouched/${vouching}`;
    try {
      const link =
        authorizationId === undefined
          ? (await account(app, { appUserId })).link
          : orWait(await finish(c.get('app'), { authorizationId, appUserId, linkSessionId }));
      const done = linkSession.page === 'link' && link?.state !== 'proposed';
      return c.json({
        link: link ? linkJson(link) : null,
        next_url: done ? returnAddress(linkSession) : vouched,
      });
    } catch (thrown) {
      // The browser is vouched for: its own pages tell the patient, keep their place and try again.
      return problemForCaller(reportFailure(c, app, thrown), vouched);
    }
  });

  return routes;
}

function expectedIdentity(json: NonNullable<z.output<typeof NewLinkSession>['expected']>): ExpectedIdentity {
  return {
    ...(json.birth_date !== undefined && { birthDate: json.birth_date }),
    ...(json.family_name !== undefined && { familyName: json.family_name }),
    ...(json.nhs_number !== undefined && { nhsNumber: json.nhs_number }),
  };
}

function orWait(finished: Link | 'exchanging'): Link {
  if (finished !== 'exchanging') return finished;
  throw new UpstreamUnavailableError('timeout', 'another call is exchanging the code', { retryAfter: 1 });
}
