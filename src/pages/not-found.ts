import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

export function notFoundPage(site: Site): Html {
  const t = site.texts.notFound;
  return layout(
    site,
    { title: t.title, error: true },
    html`<h1>${t.title}</h1>
<p>${t.text}</p>
<div class="actions"><a class="button" href="${site.basePath}">${t.connection}</a></div>`,
  );
}
