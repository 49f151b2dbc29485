import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

/**
 * Another request of this browser is at the last step, and takes its time. The page waits for the patient: one that loads
 * itself again interrupts whoever reads slowly or has it read to them (WCAG 2.2, 2.2.1; failure F41).
 */
export function oneMomentPage(site: Site, { again }: { readonly again: string }): Html {
  const t = site.texts.oneMoment;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
<p>${t.text}</p>
<div class="actions"><a class="button" href="${again}">${t.continue}</a></div>`,
  );
}
