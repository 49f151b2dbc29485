import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

export function disconnectPage(site: Site): Html {
  const { appName } = site.brand;
  const title = 'Disconnect your PKB record?';
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
<p>If you disconnect:</p>
<ul>
<li>we destroy our access to your PKB record</li>
<li>${appName} can no longer see or add to your PKB record</li>
<li>your record stays at PKB as it is</li>
</ul>
<p>You can connect again later.</p>
<div class="actions">
<form method="post" action="${site.basePath}/disconnect"><button>Yes, disconnect</button></form>
<a class="button quiet" href="${site.basePath}">No, stay connected</a>
</div>`,
  );
}
