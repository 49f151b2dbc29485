/** A resource against the official definitions of FHIR STU3 (`scripts/stu3-definitions.js` says where they are from). */

import { readFileSync } from 'node:fs';

/** Least, most, types (`#path` has the elements of that path), and the codes of a required binding. */
type Element = readonly [number, number | '*', readonly string[], (readonly string[])?];
type Elements = Readonly<Record<string, Element>>;

const definitions: Readonly<Record<string, Elements>> = JSON.parse(
  readFileSync(new URL('stu3-definitions.json', import.meta.url), 'utf8'),
);

const primitives: Readonly<Record<string, (value: unknown) => boolean>> = {
  boolean: (value) => typeof value === 'boolean',
  decimal: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  unsignedInt: (value) => Number.isInteger(value) && (value as number) >= 0,
  positiveInt: (value) => Number.isInteger(value) && (value as number) > 0,
  string: text(/^[\s\S]+$/),
  markdown: text(/^[\s\S]+$/),
  xhtml: text(/^<div/),
  id: text(/^[A-Za-z0-9\-.]{1,64}$/),
  code: text(/^\S+( \S+)*$/),
  uri: text(/^\S+$/),
  oid: text(/^urn:oid:[0-2](\.\d+)+$/),
  base64Binary: text(/^[A-Za-z0-9+/]+=*$/),
  date: text(/^\d{4}(-\d\d(-\d\d)?)?$/),
  dateTime: text(/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$/),
  instant: text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/),
  time: text(/^\d\d:\d\d:\d\d$/),
};

function text(pattern: RegExp) {
  return (value: unknown) => typeof value === 'string' && pattern.test(value);
}

/** What the definitions do not allow, one line each; none for a good resource. */
export function problemsOf(resource: unknown): readonly string[] {
  const type = (resource as { resourceType?: string })?.resourceType ?? '';
  return definitions[type]
    ? membersOf(resource, type, type, type)
    : [`${type || 'something'} is no resource that there are definitions for`];
}

/** @param path of the element in its definition @param shown where it is in the resource */
function membersOf(value: unknown, definition: string, path: string, shown: string): readonly string[] {
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    Object.keys(value).length === 0
  ) {
    return [`${shown} must be an object that is not empty`];
  }
  const elements = definitions[definition] ?? {};
  const known = new Set<string>();
  const problems: string[] = [];
  for (const [childPath, element] of Object.entries(elements)) {
    if (!childPath.startsWith(`${path}.`) || childPath.slice(path.length + 1).includes('.')) continue;
    const found = present(childPath.slice(path.length + 1), element, value);
    for (const { name } of found) known.add(name);
    if (found.length === 0 && element[0] > 0)
      problems.push(`${shown}.${childPath.slice(path.length + 1)} is missing`);
    for (const { name, type } of found) {
      problems.push(
        ...elementOf((value as never)[name], type, definition, childPath, element, `${shown}.${name}`),
      );
    }
  }
  const unknown = Object.keys(value).filter((name) => !known.has(name) && name !== 'resourceType');
  return [...problems, ...unknown.map((name) => `${shown}.${name} is not in FHIR STU3`)];
}

/** Members that are this element: `value[x]` may be `valueString`. */
function present(
  name: string,
  [, , types]: Element,
  value: object,
): readonly { name: string; type: string }[] {
  const names = name.endsWith('[x]')
    ? types.map((type) => ({ name: name.slice(0, -3) + type[0]?.toUpperCase() + type.slice(1), type }))
    : [{ name, type: types[0] ?? '' }];
  return names.filter((one) => Object.hasOwn(value, one.name));
}

function elementOf(
  value: unknown,
  type: string,
  definition: string,
  path: string,
  [, most, , codes]: Element,
  shown: string,
): readonly string[] {
  if ((most === '*') !== Array.isArray(value))
    return [`${shown} must ${most === '*' ? '' : 'not '}be a list`];
  if (Array.isArray(value) && value.length === 0) return [`${shown} is an empty list`];
  return (Array.isArray(value) ? value : [value]).flatMap((one: unknown) => {
    if (codes && !codes.includes(one as string))
      return [`${shown}: ${JSON.stringify(one)} is not one of its codes`];
    const primitive = primitives[type];
    if (primitive) return primitive(one) ? [] : [`${shown}: ${JSON.stringify(one)} is no ${type}`];
    if (type === 'Resource') return problemsOf(one).map((problem) => `${shown}: ${problem}`);
    if (type.startsWith('#')) return membersOf(one, definition, type.slice(1), shown);
    if (type === 'BackboneElement' || type === 'Element') return membersOf(one, definition, path, shown);
    return membersOf(one, type, type, shown);
  });
}
