import { html } from 'hono/html';
import { layout } from './layout.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

export interface KeptPlace {
  /** The address of the step that can be tried again. */
  readonly again: string;
  readonly reference: string;
}

/** PKB is away in the middle of linking; what the patient did so far is kept. */
export function keepPlacePage(site: Site, { again, reference }: KeptPlace): Html {
  const t = site.texts.keepPlace;
  return layout(
    site,
    { title: t.title, error: true },
    html`<h1>${t.title}</h1>
<p>${t.happened}</p>
<p>${t.kept}</p>
<p>${t.advice}</p>
<div class="actions"><a class="button" href="${again}">${t.again}</a></div>
<p class="reference">${say(site, t.reference, { reference })}</p>`,
  );
}
