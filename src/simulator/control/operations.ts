/** Every operation, and how one is called. */

import { behaviourOperations } from './behaviour-operations.ts';
import type { Call, Controls, Operation } from './operation.ts';
import { peopleOperations } from './people-operations.ts';
import { mismatch, type Schema } from './schema.ts';

export const operations: readonly Operation[] = [...behaviourOperations, ...peopleOperations];

export interface AnyCall {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** @throws TypeError saying what is wrong with the call; NotThere where what it names is not there */
export function perform(controls: Controls, operation: Operation, call: AnyCall): unknown {
  const { query = {}, body } = operation;
  for (const [name, value] of Object.entries(call.query)) {
    const wrong = query[name]
      ? mismatch(query[name], typed(query[name], value), name)
      : `there is no ${name}`;
    if (wrong) throw new TypeError(wrong);
  }
  if (body) {
    const wrong = mismatch(body, call.body);
    if (wrong) throw new TypeError(wrong);
  }
  return operation.run(controls, call as Call);
}

/** A text as the value that the schema asks for, where it is one: what a form or a query sends is always text. */
export function typed(schema: Schema, value: string): unknown {
  const types = (schema.oneOf ?? [schema]).map(({ type }) => type);
  if (types.includes('integer') && /^-?\d+$/.test(value)) return Number(value);
  if (types.includes('boolean') && /^(true|false)$/.test(value)) return value === 'true';
  return value;
}
