import { html } from 'hono/html';
import { layout } from './layout.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';
import type { Texts } from './texts.ts';

/** Where the one button of a problem page leads. */
export type NextStep = 'start' | 'reauthorize' | 'connection' | 'app' | 'later' | 'support';

export interface Problem {
  readonly text: keyof Texts['failures'];
  readonly next: NextStep;
  /** The part of the request at fault, by a name of ours: never what the browser sent. */
  readonly field?: string;
  /** The reference that is also in the log. */
  readonly reference?: string;
  /** Where it may pass and the patient's place is kept: the address of the step that `later` is to try again. */
  readonly again?: string;
  /** The page itself, where it is only for now that it is not shown. */
  readonly reload?: string;
}

/** A failure: what happened, what became of the patient's things, and the one thing to do next. */
export function problemPage(site: Site, problem: Problem): Html {
  const t = site.texts.problem;
  const { next, field, reference, again, reload } = problem;
  const { title, happened, ...rest } = site.texts.failures[problem.text];
  const { kept, advice } = again === undefined ? rest : site.texts.keepPlace;
  const told =
    reference === undefined ? '' : html`<p class="reference">${say(site, t.reference, { reference })}</p>`;
  return layout(
    site,
    { title, error: true },
    html`<h1>${title}</h1>
<div class="note problem">
<p>${say(site, happened)}</p>
${field === undefined ? '' : html`<p>${say(site, t.field, { field })}</p>`}
<p>${say(site, kept)}</p>
</div>
<p>${say(site, advice)}</p>
${next === 'support' ? html`<p>${site.brand.supportContact}</p>${told}` : ''}
<div class="actions">${button(site, next, again ?? reload)}</div>
${next === 'support' ? '' : told}`,
  );
}

function button(site: Site, next: NextStep, again: string | undefined): Html {
  const { basePath, brand, homePath } = site;
  const t = site.texts.problem;
  const addresses: Record<NextStep, string> = {
    start: `${basePath}/start`,
    reauthorize: `${basePath}/start`,
    connection: basePath,
    app: homePath,
    later: again ?? basePath,
    support: brand.supportUrl ?? homePath,
  };
  const words = next === 'app' || (next === 'support' && brand.supportUrl === undefined) ? t.home : t[next];
  return html`<a class="button" href="${addresses[next]}">${say(site, words)}</a>`;
}
