/** Ridgeway Health over HTTP: its own few pages, and the patient pages of pkb-link at /pkb. */

import { randomBytes } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { type App, account, Failure } from 'pkb-link';
import { type Brand, type OwnTexts, type PatientPagesOptions, patientPages } from 'pkb-link/server';
import type { Accounts, SignInAnswer } from './accounts.ts';
import {
  BadRequest,
  type FormErrors,
  type LogInForm,
  logInErrors,
  logInForm,
  NOT_AN_EMAIL,
  readForm,
  registerErrors,
  registerForm,
  single,
} from './form.ts';
import { homePage, logInPage, problemPage, registerPage, ridge, ridgeFile, welcomePage } from './pages.ts';
import { style, stylePath } from './style.ts';
import { pathOfOurs } from './then.ts';

const brand: Brand = {
  appName: 'Ridgeway Health',
  organisation: 'Ridgeway Health Ltd',
  supportContact: {
    en: 'Write to support@ridgeway.example',
    cy: 'Ysgrifennwch at support@ridgeway.example',
  },
  accentColour: '#5a2a78',
  logo: ridgeFile,
};

export interface PartnerParts {
  readonly app: App;
  readonly accounts: Accounts;
  /** Origin of the app as browsers see it. */
  readonly origin: string;
  /** Own words for the patient pages. */
  readonly texts: OwnTexts;
  readonly expected?: PatientPagesOptions['expected'];
}

export function partnerRoutes({ app, accounts, origin, texts, expected }: PartnerParts): Hono {
  const routes = new Hono();

  // The cookies of 127.0.0.1 and localhost are apart: whoever starts at one comes back from PKB to the other as a stranger.
  if (new URL(origin).hostname === 'localhost') {
    routes.get('*', async (c, next) => {
      const { host, pathname, search } = new URL(c.req.url);
      return host === new URL(origin).host ? next() : c.redirect(`${origin}${pathname}${search}`, 307);
    });
  }

  // Before the middleware further down: these pages set their own headers and make their own checks.
  routes.route(
    '/',
    patientPages(app, {
      basePath: '/pkb',
      brand,
      texts,
      account: async (request) => (await accounts.signedIn(request.headers))?.appUserId,
      ...(expected && { expected }),
      signInPath: '/log-in',
      homePath: '/',
    }),
  );

  routes.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      // Not no-referrer: with that, browsers send "Origin: null" and the check of where a form came from is blind.
      referrerPolicy: 'same-origin',
      strictTransportSecurity: origin.startsWith('https:'),
    }),
    async (c, next) => {
      await next();
      if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
    },
    csrf({ origin }),
    bodyLimit({
      maxSize: 16 * 1024,
      onError: () => {
        throw new BadRequest('It is longer than our pages ever send.');
      },
    }),
  );

  routes.get('/', async (c) => {
    const signedIn = await accounts.signedIn(c.req.raw.headers);
    if (!signedIn) return c.html(welcomePage());
    return c.html(homePage(signedIn, await account(app, { appUserId: signedIn.appUserId })));
  });

  routes.get('/register', async (c) => {
    const then = readThen(new URL(c.req.url).searchParams);
    if (await accounts.signedIn(c.req.raw.headers)) return goTo(c, then);
    return c.html(registerPage({ then }));
  });

  routes.post('/register', async (c) => {
    const fields = await readForm(c.req.raw);
    const then = readThen(fields);
    const form = registerForm(fields);
    const again = (errors: FormErrors<keyof typeof form>) =>
      c.html(registerPage({ then, form, errors }), 400);
    const errors = registerErrors(form);
    if (Object.keys(errors).length > 0) return again(errors);
    const answer = await accounts.register({ ...form, address: addressOf(c) });
    return signedInOr(
      c,
      then,
      answer,
      again,
      'This email address has an account with another password. Try to log in',
    );
  });

  routes.get('/log-in', async (c) => {
    const then = readThen(new URL(c.req.url).searchParams);
    if (await accounts.signedIn(c.req.raw.headers)) return goTo(c, then);
    return c.html(logInPage({ then }));
  });

  routes.post('/log-in', async (c) => {
    const fields = await readForm(c.req.raw);
    const then = readThen(fields);
    const form = logInForm(fields);
    const again = (errors: FormErrors<keyof LogInForm>) => c.html(logInPage({ then, form, errors }), 400);
    const errors = logInErrors(form);
    if (Object.keys(errors).length > 0) return again(errors);
    const answer = await accounts.logIn({ ...form, address: addressOf(c) });
    return signedInOr(c, then, answer, again, 'The email address or the password is not right');
  });

  routes.post('/log-out', async (c) => {
    setCookies(c, await accounts.logOut(c.req.raw.headers));
    return c.redirect('/', 303);
  });

  routes.get(stylePath, (c) => keep(c, style, 'text/css; charset=utf-8', 'max-age=31536000, immutable'));
  routes.get('/icon.svg', (c) => keep(c, String(ridge), 'image/svg+xml', 'max-age=86400'));
  // What browsers ask for on pages that name no icon, which are those of pkb-link.
  routes.get('/favicon.ico', (c) => c.redirect('/icon.svg', 302));

  routes.notFound((c) =>
    c.html(problemPage('Page not found', 'Check the address, or start again from home.'), 404),
  );

  routes.onError((error, c) => {
    if (error instanceof BadRequest) {
      return c.html(problemPage('We cannot use this request', error.message), 400);
    }
    if (error instanceof HTTPException) {
      return c.html(
        problemPage('We cannot use this request', 'It did not come from one of our own pages.'),
        403,
      );
    }
    const reference = randomBytes(4).toString('hex');
    app.log('failure', {
      class: error.name,
      code: error instanceof Failure ? error.code : 'unforeseen',
      reference,
    });
    const text = `Try again in a few minutes. If you ask us for help, tell us this reference: ${reference}.`;
    return c.html(problemPage('Sorry, something went wrong on our side', text), 500);
  });

  return routes;

  function readThen(parameters: URLSearchParams): string | undefined {
    const then = single(parameters, 'then');
    if (then === '') return undefined;
    if (!pathOfOurs(then, origin)) throw new BadRequest('"then" is not the address of one of our pages.');
    return then;
  }

  function goTo(c: Context, then: string | undefined): Response {
    return c.redirect(pathOfOurs(then ?? '/', origin)?.href ?? '/', 303);
  }

  function signedInOr(
    c: Context,
    then: string | undefined,
    answer: SignInAnswer,
    again: (errors: { email: string }) => Response | Promise<Response>,
    wrongCredentials: string,
  ): Response | Promise<Response> {
    if ('cookies' in answer) {
      setCookies(c, answer.cookies);
      return goTo(c, then);
    }
    if (answer.refused === 'too-many-attempts') {
      c.header('retry-after', String(answer.retryAfterSeconds));
      return c.html(problemPage('Too many tries', 'Wait a minute, then try again.'), 429);
    }
    return again({ email: answer.refused === 'invalid-email' ? NOT_AN_EMAIL : wrongCredentials });
  }
}

/** Behind a reverse proxy this is the proxy's address, and all patients share its limit: read your proxy's header here. */
function addressOf(c: Context): string {
  return getConnInfo(c).remote.address ?? '';
}

function setCookies(c: Context, cookies: readonly string[]): void {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
}

function keep(c: Context, body: string, type: string, howLong: string): Response {
  return c.body(body, 200, { 'content-type': type, 'cache-control': `public, ${howLong}` });
}
