import { html } from 'hono/html';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';

/**
 * Another request of this browser is at the last step, and takes its time. The page waits for the patient: one that loads
 * itself again interrupts whoever reads slowly or has it read to them (WCAG 2.2, 2.2.1; failure F41).
 */
export function oneMomentPage(site: Site, { again }: { readonly again: string }): Html {
  const title = 'One moment';
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
<p>We are finishing the connection. This can take a few seconds.</p>
<div class="actions"><a class="button" href="${again}">Continue</a></div>`,
  );
}
