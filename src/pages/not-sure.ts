import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';
import { WAY_PATHS } from './ways.ts';

/** In the order in which they are asked: whoever has a login or codes needs no new record. */
const ANSWERS = ['login', 'codes', 'email', 'nhsApp', 'nhsLogin'] as const;

/** One question that finds the way. `unanswered`: the form was sent without an answer. */
export function notSurePage(site: Site, { unanswered }: { readonly unanswered: boolean }): Html {
  const t = site.texts.notSure;
  const choices = [...ANSWERS.map((way) => [WAY_PATHS[way], t[way]] as const), ['none', t.none] as const];
  return layout(
    site,
    { title: t.title, error: unanswered },
    html`${unanswered ? summary(site) : ''}<h1>${t.title}</h1>
<p>${t.why}</p>
<form action="${site.basePath}/not-sure">
<input type="hidden" name="asked" value="yes">
<div${unanswered ? html` class="wrong"` : ''}><fieldset aria-describedby="hint${unanswered ? ' wrong' : ''}">
<legend>${t.question}</legend>
<p id="hint" class="hint">${t.hint}</p>
${unanswered ? html`<p id="wrong" class="wrong-text">${t.chooseError}</p>` : ''}
${choices.map(
  ([value, words]) => html`<div class="radio"><input type="radio" id="${value}" name="have" value="${value}">
<label for="${value}">${words}</label></div>
`,
)}</fieldset></div>
<div class="actions"><button>${t.continue}</button></div>
</form>`,
  );
}

/** It takes the focus, so that a screen reader begins there; its link leads to the first answer. */
function summary(site: Site): Html {
  const t = site.texts.notSure;
  return html`<div class="error-summary" role="alert" aria-labelledby="problem" tabindex="-1" autofocus>
<h2 id="problem">${t.problem}</h2>
<p><a href="#${WAY_PATHS[ANSWERS[0]]}">${t.choose}</a></p>
</div>
`;
}
