import { html } from 'hono/html';
import { accessList } from './access.ts';
import { minutesInWords } from './dates.ts';
import { layout } from './layout.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

/** The page before leaving for PKB. `minutes`: how long the patient has; the pending authorization ends then. */
export function startPage(site: Site, { minutes }: { readonly minutes: number }): Html {
  const t = site.texts.start;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
<p>${say(site, t.what)}</p>
<h2>${t.allowTitle}</h2>
<p>${say(site, t.allow)}</p>
${accessList(site)}
<p>${say(site, t.password)}</p>
<h2>${t.lastsTitle}</h2>
<p>${say(site, t.lasts)}</p>
<p>${say(site, t.stop)}</p>
<h2>${t.nextTitle}</h2>
<ol>
<li>${t.nextGo}</li>
<li>${t.nextLogIn}</li>
<li>${say(site, t.nextApprove)}</li>
<li>${t.nextBack}</li>
<li>${t.nextCheck}</li>
</ol>
<p>${say(site, t.time, { time: minutesInWords(site.language, minutes) })}</p>
<h2>${t.haveTitle}</h2>
<p>${t.have}</p>
<form method="post" action="${site.basePath}/authorize">
<div class="actions"><button>${t.continue}</button></div>
</form>
<p>${t.haveNot}</p>
<div class="actions">
<a class="button quiet" href="${site.basePath}/not-sure">${t.notSure}</a>
<a class="button quiet" href="${site.basePath}/no-record">${t.noRecord}</a>
</div>`,
  );
}
