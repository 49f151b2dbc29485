import { html } from 'hono/html';
import { layout } from './layout.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';
import type { Texts } from './texts.ts';

export interface KeptPlace {
  /** What happened. */
  readonly text: keyof Texts['failures'];
  /** The address of the step that can be tried again. */
  readonly again: string;
  readonly reference: string;
}

/** Something that may pass happened in the middle of linking; what the patient did so far is kept. */
export function keepPlacePage(site: Site, { text, again, reference }: KeptPlace): Html {
  const t = site.texts.keepPlace;
  const { title, happened } = site.texts.failures[text];
  return layout(
    site,
    { title, error: true },
    html`<h1>${title}</h1>
<p>${happened}</p>
<p>${t.kept}</p>
<p>${t.advice}</p>
<div class="actions"><a class="button" href="${again}">${t.again}</a></div>
<p class="reference">${say(site, t.reference, { reference })}</p>`,
  );
}
