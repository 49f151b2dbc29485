import { html } from 'hono/html';
import { layout } from './layout.ts';
import { PKB } from './pkb-addresses.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';
import { WAY_ADDRESSES, type Way } from './ways.ts';

/** One way to a PKB record: who it is for, what it takes, what to do, and the way back, on any day and device. */
export function wayPage(site: Site, { way }: { readonly way: Way }): Html {
  const t = site.texts.ways;
  const own = t[way];
  const address = WAY_ADDRESSES[way];
  const start = (words: string) =>
    html`<div class="actions"><a class="button" href="${site.basePath}/start">${words}</a></div>`;
  return layout(
    site,
    { title: own.title },
    html`<h1>${own.title}</h1>
<h2>${t.whoTitle}</h2>
<p>${say(site, own.who)}</p>
<h2>${t.needTitle}</h2>
<ul>
<li>${say(site, own.need1, { address })}</li>
<li>${say(site, own.need2, { address })}</li>
<li>${say(site, own.need3, { address })}</li>
</ul>
<h2>${t.doTitle}</h2>
<ol>
<li>${say(site, own.do1, { address })}</li>
<li>${say(site, own.do2, { address })}</li>
<li>${say(site, own.do3, { address })}</li>
<li>${say(site, own.do4, { address })}</li>
</ol>
${
  way === 'login'
    ? html`${start(t.login.continue)}
${logInHelp(site)}`
    : html`<h2>${t.thenTitle}</h2>
<p>${say(site, t.then)}</p>
${start(t.continue)}
<p>${say(site, t.others, { others: `${site.basePath}/no-record` })}</p>`
}`,
  );
}

/** For whoever has a record and cannot come to it. */
export function logInHelp(site: Site): Html {
  const t = site.texts.ways;
  return html`<h2>${site.texts.noRecord.helpTitle}</h2>
<ul>
<li>${say(site, t.forgotten, { forgotten: PKB.forgottenPassword })}</li>
<li>${say(site, t.mismatch, { mismatch: PKB.nhsLoginMismatch })}</li>
<li>${say(site, t.support, { support: PKB.support })}</li>
</ul>`;
}
