import { html } from 'hono/html';
import { layout } from './layout.ts';
import { PKB } from './pkb-addresses.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

/** After "no, this is not my record". PKB may still be logged in as the other person: a new attempt must not repeat that. */
export function declinedPage(site: Site): Html {
  const t = site.texts.declined;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
<p>${t.text}</p>
<h2>${t.nextTitle}</h2>
<ol>
<li>${say(site, t.logOut, { logIn: PKB.logIn })}</li>
<li>${t.back}</li>
<li>${t.logIn}</li>
</ol>
<p>${say(site, t.wrong, { support: PKB.support })}</p>
<div class="actions"><a class="button" href="${site.basePath}/start">${t.again}</a></div>
<p><a class="action" href="${site.homePath}">${say(site, t.home)}</a></p>`,
  );
}
