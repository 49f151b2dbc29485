import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

/** Before leaving for PKB: without the cookie nobody could finish, so nobody is sent away. */
export function cookiesPage(site: Site): Html {
  const t = site.texts.cookies;
  return layout(
    site,
    { title: t.title, error: true },
    html`<h1>${t.title}</h1>
<div class="note problem"><p>${t.happened}</p></div>
<h2>${t.howTitle}</h2>
<ul>
<li>${t.again}</li>
<li>${t.settings}</li>
<li>${t.private}</li>
</ul>
<div class="actions"><a class="button" href="${site.basePath}/start">${t.button}</a></div>`,
  );
}
