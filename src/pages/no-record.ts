import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';
import { logInHelp } from './way.ts';
import { WAY_PATHS, WAYS } from './ways.ts';

/** The ways to a PKB record, each with who it is for. */
export function noRecordPage(site: Site): Html {
  const { ways, noRecord: t } = site.texts;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
<p>${t.why}</p>
<ul class="choices">
${WAYS.filter((way) => way !== 'login').map(
  (way) => html`<li><a href="${site.basePath}/ways/${WAY_PATHS[way]}">${ways[way].title}</a>
<p>${t[way]}</p></li>
`,
)}</ul>
${logInHelp(site)}
<div class="actions"><a class="button" href="${site.basePath}/start">${ways.continue}</a></div>`,
  );
}
