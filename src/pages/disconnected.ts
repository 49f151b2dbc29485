import { html } from 'hono/html';
import { layout } from './layout.ts';
import { PKB } from './pkb-addresses.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

/** Says what ended and what did not: PKB documents no way to revoke a grant, for an app or for a patient. */
export function disconnectedPage(site: Site): Html {
  const t = site.texts.disconnected;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
<p>${say(site, t.text)}</p>
<h2>${t.staysTitle}</h2>
<ul>
<li>${say(site, t.record)}</li>
<li>${say(site, t.shared)}</li>
<li>${say(site, t.grant, { support: PKB.support })}</li>
</ul>
<div class="actions"><a class="button" href="${site.homePath}">${say(site, t.home)}</a></div>
<p>${say(site, t.again, { again: `${site.basePath}/start` })}</p>`,
  );
}
