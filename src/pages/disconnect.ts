import { html } from 'hono/html';
import { layout } from './layout.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

export function disconnectPage(site: Site): Html {
  const t = site.texts.disconnect;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
<p>${t.if}</p>
<ul>
<li>${t.destroy}</li>
<li>${say(site, t.blind)}</li>
<li>${t.stays}</li>
</ul>
<p>${t.later}</p>
<div class="actions">
<form method="post" action="${site.basePath}/disconnect"><button>${t.yes}</button></form>
<a class="button quiet" href="${site.basePath}">${t.no}</a>
</div>`,
  );
}
