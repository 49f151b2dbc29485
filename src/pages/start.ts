import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

/** The page before leaving for PKB. `minutes`: how long the patient has; the pending authorization ends then. */
export function startPage(site: Site, { minutes }: { readonly minutes: number }): Html {
  const { appName, organisation } = site.brand;
  const title = 'Connect your PKB record';
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
<p>PKB is Patients Know Best. It keeps your health record online. You can choose to connect your record to ${appName}.</p>
<h2>What you allow</h2>
<p>${appName} is run by ${organisation}. When you connect, ${appName} will be able to:</p>
<ul>
<li>see who you are in PKB: your name, date of birth, contact details and NHS number</li>
<li>see the health information that you can see in your PKB record</li>
<li>add information to your PKB record, such as measurements</li>
</ul>
<p>${appName} will not see your PKB password.</p>
<h2>What happens next</h2>
<ol>
<li>You go to the Patients Know Best website.</li>
<li>You log in with your own PKB login.</li>
<li>PKB asks if ${appName} may use your record. Select Approve.</li>
<li>You come back here.</li>
<li>You check that it is your record.</li>
</ol>
<p>You have ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} to do this. If you need longer, you can start again. Use the same browser all the way.</p>
<h2>How to stop</h2>
<p>You can disconnect at any time, here in ${appName}. We then destroy our access to your record.</p>
<form method="post" action="${site.basePath}/authorize">
<div class="actions"><button>Continue to Patients Know Best</button></div>
</form>
<p><a class="action" href="${site.basePath}/no-record">I do not have a PKB record</a></p>`,
  );
}
