import { html } from 'hono/html';
import type { Html } from '../pages/site.ts';
import type { ConsoleLogin } from '../storage/console.ts';

/** What every page of the console stands in. */
export interface Frame {
  /** Which pkb-link this is: the tenant where there is one, environment and client. */
  readonly whose: string;
  readonly styleHref: string;
  /** Absent where nobody has signed in. */
  readonly login?: ConsoleLogin;
  /** In every form: only our own pages know it. */
  readonly formToken: string;
  /** The path of the page, for the navigation. */
  readonly path: string;
}

const PLACES = [
  ['/admin', 'Overview'],
  ['/admin/search', 'Find a link'],
  ['/admin/dead-letters', 'Dead letters'],
] as const;

/** `content` holds the one h1, which says what `title` says. */
export function framed(frame: Frame, title: string, content: Html): Html {
  const { whose, styleHref, login } = frame;
  // Under `no-referrer` a browser sends `Origin: null` with a form (see pages/layout.ts).
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<meta name="robots" content="noindex">
<title>${title} - pkb-link console</title>
<link rel="stylesheet" href="${styleHref}">
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><div class="width">
<a class="app-name" href="/admin">pkb-link console</a>
<p class="whose">${whose}</p>
${
  login
    ? html`<nav aria-label="Console"><ul class="places">${PLACES.map(([href, name]) => placeOf(frame, href, name))}</ul></nav>
<div class="who"><p>Signed in as ${login.name} (${login.role})</p>
${button(frame, { action: '/admin/sign-out', label: 'Sign out', look: 'plain' })}</div>`
    : ''
}
</div></header>
<main id="main" class="width" tabindex="-1">
${content}
</main>
</body>
</html>
`;
}

function placeOf({ path }: Frame, href: string, name: string): Html {
  const here = path === href || (href !== '/admin' && path.startsWith(`${href}/`));
  return html`<li><a href="${href}"${here ? html` aria-current="page"` : ''}>${name}</a></li>`;
}

/** A form that is one button. */
export function button(
  { formToken }: Frame,
  { action, label, look = '' }: { readonly action: string; readonly label: string; readonly look?: string },
): Html {
  return html`<form method="post" action="${action}"><input type="hidden" name="form" value="${formToken}"><button class="${look}">${label}</button></form>`;
}

const moments = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'Europe/London',
});

/** "24 Nov 2026, 10:00", in London. */
export function moment(instant: Date): Html {
  return html`<time datetime="${instant.toISOString()}">${moments.format(instant)}</time>`;
}
