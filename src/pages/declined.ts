import { html } from 'hono/html';
import { layout } from './layout.ts';
import { PKB } from './pkb-addresses.ts';
import type { Html, Site } from './site.ts';

/** After "no, this is not my record". PKB may still be logged in as the other person: a new attempt must not repeat that. */
export function declinedPage(site: Site): Html {
  const title = 'That record is not connected';
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
<p>You told us that it is not your record. We have destroyed our access to it.</p>
<h2>If you want to connect your own record</h2>
<ol>
<li>Go to <a href="${PKB.logIn}">Patients Know Best</a> and log out.</li>
<li>Come back here and start again.</li>
<li>Log in to PKB with your own login.</li>
</ol>
<p>If you used your own login and saw somebody else's record, tell <a href="${PKB.support}">PKB support</a>.</p>
<div class="actions"><a class="button" href="${site.basePath}/start">Start again</a></div>
<p><a class="action" href="${site.homePath}">Go to ${site.brand.appName}</a></p>`,
  );
}
