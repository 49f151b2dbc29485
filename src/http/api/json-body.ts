import type { Context } from 'hono';
import type { z } from 'zod';
import { InvalidRequestError } from '../../errors.ts';
import { bytesOf } from '../bytes-of.ts';
import type * as input from './api-input.ts';

type Inputs = typeof input;
type Schemas = { readonly [Name in keyof Inputs]: z.ZodType<z.output<Inputs[Name]>> };

const MAX_BODY_BYTES = 16 * 1024;

/**
 * The JSON body of an API call, checked by its schema in `api-input.ts`, which loads with the first body: all else starts
 * sooner without it.
 * @throws InvalidRequestError `bad-input` naming the first field at fault, or `body`
 */
export async function jsonBody<Name extends keyof Inputs>(
  c: Context,
  name: Name,
): Promise<z.output<Inputs[Name]>> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header('Content-Type') ?? '')) {
    throw bad('content-type', 'must be application/json');
  }
  const bytes = await bytesOf(c.req.raw, MAX_BODY_BYTES);
  if (bytes === undefined) throw bad('body', `is longer than ${MAX_BODY_BYTES} bytes`);
  const sent = parsed(bytes);
  const schemas: Schemas = await import('./api-input.ts');
  const checked = schemas[name].safeParse(sent);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...unknown].map((part) => String(part).slice(0, 64));
  throw bad(
    path.join('.') || 'body',
    unknown.length > 0 ? 'is not a field of this' : `is wrong: ${issue?.message}`,
  );
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The cause would quote the body.
    throw bad('body', 'is not JSON');
  }
}

function bad(field: string, trouble: string): InvalidRequestError {
  return new InvalidRequestError('bad-input', `${field} ${trouble}`, { field });
}
