/** What every verb is given first. No container: an object with the parts in it. */

import type { Fhir } from './fhir/fhir.ts';
import type { Provider } from './provider/provider.ts';
import type { Rest } from './rest/rest.ts';
import type { Store } from './storage/store.ts';

/** A log line is an event's name and references: never a token, a person, or an error's message. */
export type Log = (event: string, fields?: Readonly<Record<string, string | number | boolean>>) => void;

export interface App {
  readonly provider: Provider;
  readonly store: Store;
  readonly fhir: Fhir;
  readonly rest: Rest;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => Date;
  readonly log: Log;
  /** Where a patient may be sent at the end: whole addresses, or paths of this origin. The first is the default. */
  readonly returnAddresses: readonly [string, ...string[]];
  /** How long a patient may take at PKB, registration included, in seconds. */
  readonly pendingSeconds: number;
}
