/** Search results in pages. UPSTREAM: not documented, neither that there are pages nor how the next one is asked for. */

import type { Resource } from '../records/resource.ts';
import type { Toggles } from '../toggles.ts';
import type { Problem } from './search-query.ts';

export interface Page {
  readonly resources: readonly Resource[];
  /** The query of the next page. */
  readonly next?: string;
}

const OFFSET = '_offset';

export function pagingParameters({ searchPaging }: Toggles): readonly string[] {
  return searchPaging === 'off' ? [] : ['_count', OFFSET];
}

/** `_count` may ask for smaller pages than the toggle's, not for larger ones (FHIR STU3, search, "Paging"). */
export function pageOf(
  found: readonly Resource[],
  query: URLSearchParams,
  { searchPaging }: Toggles,
): Page | Problem {
  if (searchPaging === 'off') return { resources: found };
  const count = wholeNumber(query.get('_count') ?? String(searchPaging));
  const offset = wholeNumber(query.get(OFFSET) ?? '0');
  if (count === undefined || offset === undefined) {
    return { issue: 'value', diagnostics: 'A page is asked for in whole numbers.' };
  }
  const end = offset + Math.min(count, searchPaging);
  const resources = found.slice(offset, end);
  if (end >= found.length || count === 0) return { resources };
  const next = new URLSearchParams(query);
  next.set(OFFSET, String(end));
  return { resources, next: next.toString() };
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
