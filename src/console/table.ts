import { html } from 'hono/html';
import type { Html } from '../pages/site.ts';

export interface TableColumn {
  readonly name: string;
  readonly number?: boolean;
  /** Of the cells. */
  readonly bar?: boolean;
}

/** "2,246". */
export const numbers = new Intl.NumberFormat('en-GB');

/** In a region of its own that scrolls where the window is narrower, and that the keyboard comes to. */
export function table(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | number | Html)[])[],
): Html {
  const classOf = ({ number, bar }: TableColumn) => (number ? 'number' : bar ? 'bar' : 'text');
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${classOf(column)}">${column.name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, place) => {
        const column = columns[place];
        const shown = typeof cell === 'number' ? numbers.format(cell) : cell;
        return html`<td class="${column ? classOf(column) : 'text'}">${shown}</td>`;
      })}</tr>
`,
  )}</tbody>
</table></div>`;
}
