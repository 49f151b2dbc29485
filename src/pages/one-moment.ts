import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

/** Another request of this browser is at the last step right now: the page asks again by itself. */
export function oneMomentPage(site: Site, { again }: { readonly again: string }): Html {
  const title = 'One moment';
  return layout(
    site,
    { title, refreshSeconds: 2 },
    html`<h1>${title}</h1>
<p>We are finishing the connection. This page goes on by itself.</p>
<p><a class="action" href="${again}">Go on now</a></p>`,
  );
}
