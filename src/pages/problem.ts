import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

export interface Problem {
  readonly title: string;
  /** What happened. */
  readonly happened: string;
  /** What became of the patient's things, mostly that nothing is lost. */
  readonly kept: string;
  /** The one thing to do next. */
  readonly next: { readonly advice: string; readonly label: string; readonly href: string };
  /** How to reach support, where that is the thing to do. */
  readonly contact?: string;
  /** The part of the request at fault, by a name of ours: never what the browser sent. */
  readonly field?: string;
  /** The reference that is also in the log. */
  readonly reference?: string;
}

export function problemPage(site: Site, problem: Problem): Html {
  return layout(
    site,
    { title: problem.title, error: true },
    html`<h1>${problem.title}</h1>
<div class="note problem">
<p>${problem.happened}</p>
${problem.field === undefined ? '' : html`<p>The part at fault is called "${problem.field}".</p>`}
<p>${problem.kept}</p>
</div>
<p>${problem.next.advice}</p>
${problem.contact === undefined ? '' : html`<p>${problem.contact}</p>`}
<div class="actions"><a class="button" href="${problem.next.href}">${problem.next.label}</a></div>
${problem.reference === undefined ? '' : html`<p class="reference">If you ask for help, give this reference: ${problem.reference}</p>`}`,
  );
}
