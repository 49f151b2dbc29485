/** The ways in and out: a code from the command line, the organisation's own sign-in. */

import { type Context, Hono } from 'hono';
import type { App } from '../app.ts';
import { parameter, queryOf } from '../http/parameters.ts';
import { seeOther } from '../http/see-other.ts';
import { sha256 } from '../sha256.ts';
import type { ConsoleLogin } from '../storage/console.ts';
import { codePage, signInPage, troublePage } from './entrance-pages.ts';
import type { Frame } from './frame.ts';
import type { Organisation } from './organisation.ts';
import {
  type ConsoleCookie,
  dropSecret,
  endSession,
  newSecret,
  secretOf,
  setSecret,
  startSession,
} from './session.ts';
import { actorOf, type ConsoleRoute } from './visit.ts';

/** How long somebody may take at their organisation's sign-in. */
const WAY_SECONDS = 10 * 60;

export const SIGN_OUT: ConsoleRoute = {
  method: 'post',
  path: '/admin/sign-out',
  needs: 'support',
  async answer({ c, app, cookie }) {
    await app.store.record({ act: 'console.signed_out', by: app.actor });
    await endSession(c, app, cookie);
    return seeOther(c, '/admin/sign-in?signed-out=yes');
  },
};

export function signInRoutes(
  app: App,
  {
    cookie,
    organisation,
    frameOf,
  }: {
    readonly cookie: ConsoleCookie;
    readonly organisation: Organisation | undefined;
    readonly frameOf: (c: Context) => Frame;
  },
): Hono {
  const routes = new Hono();
  const way: ConsoleCookie = { ...cookie, name: `${cookie.name}-way` };

  async function letIn(c: Context, login: ConsoleLogin): Promise<Response> {
    await app.store.record({ act: 'console.signed_in', by: actorOf(login) });
    await startSession(c, app, cookie, login);
    app.log('console.signed_in', { role: login.role });
    return seeOther(c, '/admin');
  }

  routes.get('/', (c) =>
    c.html(
      signInPage(frameOf(c), {
        signedOut: parameter(queryOf(c.req.raw), 'signed-out', 3) !== undefined,
        ...(organisation && { organisation: organisation.name }),
      }),
    ),
  );

  routes.get('/code/:code', async (c) => {
    const code = c.req.param('code');
    const named = await app.store.findConsoleCode(sha256(code));
    return named ? c.html(codePage(frameOf(c), { ...named, code })) : codeIsOver(c);
  });

  routes.post('/code/:code', async (c) => {
    const named = await app.store.takeConsoleCode(sha256(c.req.param('code')));
    return named ? letIn(c, { ...named, login: 'code' }) : codeIsOver(c);
  });

  function codeIsOver(c: Context): Response | Promise<Response> {
    return c.html(
      troublePage(frameOf(c), {
        title: 'This address is used up',
        text: 'It was good once, for ten minutes. Make another one with “pkb-link console login”.',
      }),
      400,
    );
  }

  if (organisation === undefined) return routes;

  routes.get('/organisation', async (c) => {
    const secret = newSecret();
    const address = await organisation.signInAddress(secret);
    setSecret(c, way, secret, WAY_SECONDS);
    return seeOther(c, address.href);
  });

  routes.get('/organisation/back', async (c) => {
    const secret = secretOf(c, way);
    dropSecret(c, way);
    if (secret === undefined) {
      return c.html(
        troublePage(frameOf(c), {
          title: 'Sign in again',
          text: 'This browser did not begin to sign in here, or took longer than ten minutes.',
        }),
        400,
      );
    }
    const login = await organisation.whoCameBack(secret, new URL(c.req.url));
    if (login) return letIn(c, login);
    app.log('console.refused', {});
    return c.html(
      troublePage(frameOf(c), {
        title: 'You have no role here',
        text: `${organisation.name} knows you, but does not say that you may use this console. Whoever gives out roles there can change that.`,
      }),
      403,
    );
  });

  return routes;
}
