/** What the pages of the control server share. */

import { html } from 'hono/html';
import { answerPage, type Html, page } from '../layout.ts';

const places = [
  ['/', 'Simulator'],
  ['/people', 'People'],
  ['/sessions', 'API sessions'],
  ['/toggles', 'Toggles'],
  ['/answers', 'Next answers'],
  ['/requests', 'Requests'],
] as const;

export function controlPage(title: string, content: Html, status = 200): Response {
  const whole = page(
    title,
    html`<nav aria-label="Control pages"><ul class="places">${places.map(
      ([path, name]) => html`<li><a href="${path}">${name}</a></li>`,
    )}</ul></nav>${content}`,
  );
  const response = answerPage(status, whole);
  // With no-referrer a browser would send `Origin: null` with a form, and the guard could not know it for our own.
  response.headers.set('referrer-policy', 'same-origin');
  return response;
}

export function errorPage(status: number, text: string): Response {
  return controlPage(
    'Error: that did not work',
    html`<h1>That did not work</h1><div class="error" role="alert"><p>${text}</p></div>`,
    status,
  );
}

export interface OneClick {
  readonly operation: string;
  /** Path of the operation without `/api`. */
  readonly path: string;
  readonly label: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly back: string;
}

/** A button that does one thing. */
export function oneClick({ operation, path, label, fields = {}, back }: OneClick): Html {
  return html`<form method="post" action="/do/${operation}${path}">
    ${Object.entries({ ...fields, back }).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
    )}
    <button class="second">${label}</button>
  </form>`;
}

export function timeOf(iso: string): Html {
  return html`<time class="at" datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;
}
