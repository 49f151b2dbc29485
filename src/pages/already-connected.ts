import { html } from 'hono/html';
import { layout } from './layout.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

/** Instead of the start page, where there is nothing to start. */
export function alreadyConnectedPage(site: Site): Html {
  const t = site.texts.already;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
<p>${say(site, t.text)}</p>
<div class="actions"><a class="button" href="${site.basePath}">${t.connection}</a></div>
<p>${say(site, t.again, { again: `${site.basePath}/start?anyway=yes` })}</p>`,
  );
}
