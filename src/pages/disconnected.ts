import { html } from 'hono/html';
import { layout } from './layout.ts';
import { PKB } from './pkb-addresses.ts';
import type { Html, Site } from './site.ts';

/** Says what ended and what did not: PKB documents no way to revoke a grant, for an app or for a patient. */
export function disconnectedPage(site: Site): Html {
  const { appName, organisation } = site.brand;
  const title = 'Your PKB record is disconnected';
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
<p>We have destroyed our access to your PKB record. ${appName} can no longer see it or add to it.</p>
<h2>What stays</h2>
<ul>
<li>PKB still holds your record. Anything ${appName} added to it is still there.</li>
<li>${organisation} may still hold what you shared before now. Ask ${organisation} about it.</li>
<li>PKB may still remember that you approved ${appName}. We know of no page at PKB that lists connected apps or removes them. If you want to ask, go to <a href="${PKB.support}">PKB support</a>.</li>
</ul>
<div class="actions"><a class="button" href="${site.homePath}">Go to ${appName}</a></div>
<p><a class="action" href="${site.basePath}/start">Connect again</a></p>`,
  );
}
