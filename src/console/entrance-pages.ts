/** What somebody sees who has not signed in, and what went wrong. */

import { html } from 'hono/html';
import type { Html } from '../pages/site.ts';
import { button, type Frame, framed } from './frame.ts';

/** @param organisation the host of the organisation's own sign-in, where there is one */
export function signInPage(
  frame: Frame,
  { organisation, signedOut }: { readonly organisation?: string; readonly signedOut: boolean },
): Html {
  return framed(
    frame,
    'Sign in',
    html`<h1>Sign in</h1>
${signedOut ? html`<div class="note" role="status"><p>You are signed out.</p></div>` : ''}
${
  organisation === undefined
    ? ''
    : html`<p><a class="button" href="/admin/sign-in/organisation">Sign in with ${organisation}</a></p>
<h2>Without it</h2>`
}
<p>Whoever may use the command line of this pkb-link makes an address for you that is good once, for ten minutes:</p>
<p><code>pkb-link console login --role support --name "Ann"</code></p>`,
  );
}

/** Opening the address alone uses nothing up: programs that look at links in messages open them too. */
export function codePage(
  frame: Frame,
  { code, name, role }: { readonly code: string; readonly name: string; readonly role: string },
): Html {
  return framed(
    frame,
    `Sign in as ${name}`,
    html`<h1>Sign in as ${name}</h1>
<p>This address lets ${name} in once, as ${role}. You are signed out after half an hour without use, and after eight hours in any case.</p>
<div class="actions">${button(frame, { action: `/admin/sign-in/code/${code}`, label: 'Sign in' })}</div>`,
  );
}

/** @param reference in the log as well */
export function troublePage(
  frame: Frame,
  { title, text, reference }: { readonly title: string; readonly text: string; readonly reference?: string },
): Html {
  return framed(
    frame,
    title,
    html`<h1>${title}</h1>
<p>${text}</p>
${reference === undefined ? '' : html`<p class="reference">Reference: ${reference}</p>`}
<p><a class="action" href="/admin">Go to the overview</a></p>`,
  );
}
