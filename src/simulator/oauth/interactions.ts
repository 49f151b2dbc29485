/** Ids that stand for something on a page or in a cookie, each for half an hour from when it was made. */

import { randomUUID } from 'node:crypto';

const LIFE_MS = 30 * 60 * 1000;

export interface Interactions<Value> {
  begin(value: Value): string;
  /** Undefined where there is none, or its time is up. */
  get(id: string | undefined): Value | undefined;
  end(id: string): void;
}

export function createInteractions<Value>(now: () => number): Interactions<Value> {
  const interactions = new Map<string, { readonly value: Value; readonly expiresAt: number }>();

  /** The oldest come first: what is still good ends the search, so that a page costs the same however many are open. */
  function forgetExpired(at: number): void {
    for (const [id, { expiresAt }] of interactions) {
      if (at < expiresAt) return;
      interactions.delete(id);
    }
  }

  return {
    begin(value) {
      const at = now();
      forgetExpired(at);
      const id = randomUUID();
      interactions.set(id, { value, expiresAt: at + LIFE_MS });
      return id;
    },
    get(id) {
      const found = id === undefined ? undefined : interactions.get(id);
      return found && now() < found.expiresAt ? found.value : undefined;
    },
    end: (id) => {
      interactions.delete(id);
    },
  };
}
