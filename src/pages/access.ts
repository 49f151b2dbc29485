import { html } from 'hono/html';
import type { Html, Site } from './site.ts';

/** What a grant of scope PATIENT lets the app do, in the patient's words. */
export function accessList({ texts: { access } }: Site): Html {
  return html`<ul>
<li>${access.who}</li>
<li>${access.health}</li>
<li>${access.add}</li>
</ul>`;
}
