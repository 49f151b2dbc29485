import { html } from 'hono/html';
import type { Html, Site } from './site.ts';

export type Values = Readonly<Record<string, string | Html>>;

const PLACE = /\{(\w+)\}|\[([^\]]+)\]\((\w+)\)/g;

/**
 * A sentence of the texts with its places filled, escaped. `app` and `organisation` need not be given.
 * @param values by name of the place: words for `{name}`, an address for `[words](name)`
 */
export function say(site: Pick<Site, 'brand'>, text: string, values: Values = {}): Html {
  const known: Values = { app: site.brand.appName, organisation: site.brand.organisation, ...values };
  const parts: (string | Html)[] = [];
  let from = 0;
  for (const place of text.matchAll(PLACE)) {
    const [whole, word, words, link] = place;
    const name = word ?? link ?? '';
    const value = known[name];
    if (value === undefined) throw new TypeError(`nothing was given for ${whole} of "${text}"`);
    parts.push(text.slice(from, place.index));
    parts.push(words === undefined ? value : html`<a href="${value}">${say(site, words, values)}</a>`);
    from = place.index + whole.length;
  }
  return html`${[...parts, text.slice(from)]}`;
}

/** The places of a sentence as they are written, in order of their names: `{app}`, `[](support)`. */
export function placesIn(text: string): readonly string[] {
  const places = [...text.matchAll(PLACE)].flatMap(([, word, words = '', link]) =>
    word === undefined ? [`[](${link})`, ...placesIn(words)] : [`{${word}}`],
  );
  return [...new Set(places)].sort();
}
