/** `/toggles`: each toggle with what it does, to be changed. */

import { html } from 'hono/html';
import type { Html } from '../layout.ts';
import { type Toggle, toggleEntries, whatItSwitches } from '../toggles.ts';
import type { Controls } from './operation.ts';
import { controlPage } from './page.ts';

export function togglesPage({ world }: Controls): Response {
  return controlPage(
    'Toggles',
    html`
      <h1>Toggles</h1>
      <p>What PKB does not document, as switches. A change holds from the next request on.</p>
      <form method="post" action="/do/setToggles/toggles">
        <input type="hidden" name="back" value="/toggles">
        ${toggleEntries().map(([name, toggle]) => control(name, toggle, world.toggles[name]))}
        <button>Change</button>
      </form>`,
  );
}

function control(name: string, toggle: Toggle<unknown>, now: unknown): Html {
  const choices = typeof toggle.default === 'boolean' ? ['true', 'false'] : toggle.words;
  const takesNumbers = toggle.accepts(1);
  const changed = now === toggle.default ? '' : ` Default: ${toggle.default}.`;
  return html`<div>
    <label for="${name}">${name}</label>
    <p class="hint" id="${name}-hint">${whatItSwitches(toggle)}. Question ${toggle.question}, ${toggle.evidence}.${changed}</p>
    ${
      takesNumbers
        ? html`<input id="${name}" name="${name}" value="${String(now)}" aria-describedby="${name}-hint" ${choices.length > 0 ? html`list="${name}-words"` : ''}>
          ${choices.length > 0 ? html`<datalist id="${name}-words">${choices.map((word) => html`<option value="${word}"></option>`)}</datalist>` : ''}`
        : html`<select id="${name}" name="${name}" aria-describedby="${name}-hint">${choices.map(
            (word) => html`<option ${word === String(now) ? html`selected` : ''}>${word}</option>`,
          )}</select>`
    }
  </div>`;
}
