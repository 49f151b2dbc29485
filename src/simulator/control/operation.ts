/** What can be done to the simulator from outside: one row each, for the API, its OpenAPI document and the pages' forms. */

import type { Admin } from '../admin.ts';
import type { Person } from '../people/person.ts';
import type { Script } from '../script.ts';
import type { World } from '../world.ts';
import type { Schema } from './schema.ts';

export interface Controls {
  readonly world: World;
  readonly script: Script;
  readonly admin: Admin;
}

/** What came with a call, judged by the operation's schemas. */
export interface Call {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body: never;
}

export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** `{name}` stands for a part of the path. */
  readonly path: string;
  readonly what: string;
  readonly query?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** Of the answer; 204 where there is none. */
  readonly answer?: Schema;
  /** @throws NotThere, or TypeError saying what is wrong with the call */
  readonly run: (controls: Controls, call: Call) => unknown;
}

/** What the path names is not there. */
export class NotThere extends Error {}

export function personAt({ world }: Controls, { path }: Call): Person {
  const person = world.directory.byPublicId(path.publicId ?? '');
  if (!person) throw new NotThere(`nobody has the public id ${path.publicId}`);
  return person;
}

export const text: Schema = { type: 'string' };
export const whole: Schema = { type: 'integer' };
export const anyObject: Schema = { type: 'object', additionalProperties: true };

export function object(properties: Readonly<Record<string, Schema>>, ...optional: readonly string[]): Schema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}
