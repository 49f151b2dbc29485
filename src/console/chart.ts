/** Charts as SVG, drawn here: there is no script. Beside each stands a table with the same numbers, so a chart only names itself. */

import { html } from 'hono/html';
import type { Html } from '../pages/site.ts';
import { numbers } from './table.ts';

/** A bar in a cell, as long as its share of `of`. */
export function bar(value: number, of: number): Html {
  const share = of === 0 ? 0 : Math.round((1000 * value) / of) / 10;
  return html`<svg class="bar" aria-hidden="true" focusable="false"><rect class="strong" width="${share}%" height="100%"/></svg>`;
}

export interface Column {
  readonly label: string;
  /** From the back to the front: each is part of the one before. */
  readonly values: readonly number[];
}

const CLASSES = ['pale', 'strong'];
const HEIGHT = 100;

/**
 * One column a period, each value in front of the one that it is a part of.
 * @param name what the chart shows; @param parts what each value is
 */
export function columns(name: string, parts: readonly string[], all: readonly Column[]): Html {
  const highest = Math.max(1, ...all.flatMap(({ values }) => values));
  const wide = 100 / Math.max(1, all.length);
  const height = (value: number) => Math.round((1000 * HEIGHT * value) / highest) / 1000;
  // One value alone is drawn in the strong colour.
  const classOf = (place: number) => CLASSES[place + CLASSES.length - parts.length] ?? 'strong';
  return html`<figure class="chart">
${
  parts.length > 1
    ? html`<ul class="key">${parts.map(
        (part, place) =>
          html`<li><svg aria-hidden="true" focusable="false"><rect class="${classOf(place)}" width="100%" height="100%"/></svg>${part}</li>`,
      )}</ul>`
    : ''
}
<svg class="columns" viewBox="0 0 100 ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${name}: columns, the highest ${highest}. The table below has the numbers.">
${all.map(({ values }, column) =>
  values.map(
    (value, place) =>
      html`<rect class="${classOf(place)}" x="${(column * wide + wide * 0.1).toFixed(3)}" width="${(wide * 0.8).toFixed(3)}" y="${HEIGHT - height(value)}" height="${height(value)}"/>`,
  ),
)}
</svg>
<p class="ends"><span>${all[0]?.label ?? ''}</span><span>highest: ${numbers.format(highest)}</span><span>${all.at(-1)?.label ?? ''}</span></p>
</figure>`;
}
