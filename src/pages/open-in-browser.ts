import { html } from 'hono/html';
import { layout } from './layout.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

export interface Elsewhere {
  /** The whole address to open in the browser, as a patient could type it. */
  readonly address: string;
  /** An address that opens it there by itself, on the systems that have one. */
  readonly opener?: string;
  /** Where somebody goes who stays in this browser. */
  readonly stay: string;
}

/** For a patient in the built-in browser of another app: cookies and log-ins often fail there (RFC 8252 section 8.12). */
export function openInBrowserPage(site: Site, { address, opener, stay }: Elsewhere): Html {
  const t = site.texts.openInBrowser;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
<p>${t.why}</p>
${opener === undefined ? '' : html`<div class="actions"><a class="button" href="${opener}">${t.open}</a></div>`}
<h2>${t.howTitle}</h2>
<ol>
<li>${t.menu}</li>
<li>${t.choose}</li>
<li>${say(site, t.logIn)}</li>
</ol>
<p>${t.copy}</p>
<p class="address">${address}</p>
<p>${say(site, t.stay, { stay })}</p>`,
  );
}
