import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

export function notFoundPage(site: Site): Html {
  const title = 'Page not found';
  return layout(
    site,
    { title, error: true },
    html`<h1>${title}</h1>
<p>There is no page at this address. If you typed it, check it.</p>
<div class="actions"><a class="button" href="${site.basePath}">Go to your connection to PKB</a></div>`,
  );
}
