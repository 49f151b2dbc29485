/** The part of JSON Schema that the control API needs: for its OpenAPI document, and to judge what it is sent. */

export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
}

/** What is wrong with the value, naming where; undefined where nothing is. */
export function mismatch(schema: Schema, value: unknown, at = 'the body'): string | undefined {
  if (schema.oneOf) {
    return schema.oneOf.some((one) => mismatch(one, value, at) === undefined)
      ? undefined
      : `${at} must be ${schema.oneOf.map(named).join(' or ')}`;
  }
  if (schema.type !== undefined && !isOf(schema.type, value)) return `${at} must be ${named(schema)}`;
  if (schema.enum && !schema.enum.includes(value as string)) return `${at} must be ${named(schema)}`;
  if (schema.type === 'array' && schema.items) {
    for (const one of value as unknown[]) {
      const wrong = mismatch(schema.items, one, `each of ${at}`);
      if (wrong) return wrong;
    }
  }
  return schema.type === 'object' ? wrongMember(schema, value as Record<string, unknown>, at) : undefined;
}

function wrongMember(
  { properties = {}, required = [], additionalProperties = false }: Schema,
  value: Readonly<Record<string, unknown>>,
  at: string,
): string | undefined {
  const missing = required.find((name) => value[name] === undefined);
  if (missing !== undefined) return `${missing} is missing from ${at}`;
  for (const [name, member] of Object.entries(value)) {
    const schema = properties[name] ?? additionalProperties;
    if (schema === false) return `${at} has no ${name}`;
    const wrong = schema === true ? undefined : mismatch(schema, member, name);
    if (wrong) return wrong;
  }
  return undefined;
}

function isOf(type: NonNullable<Schema['type']>, value: unknown): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isSafeInteger(value);
    default:
      return typeof value === type;
  }
}

function named({ type, enum: words }: Schema): string {
  if (words) return words.join(', ');
  return type === 'integer' || type === 'array' || type === 'object' ? `an ${type}` : `a ${type}`;
}
