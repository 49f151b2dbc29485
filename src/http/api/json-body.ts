import type { Context } from 'hono';
import type { z } from 'zod';
import { InvalidRequestError } from '../../errors.ts';
import { bytesOf } from '../bytes-of.ts';

const MAX_BODY_BYTES = 16 * 1024;

/**
 * The JSON body of an API call, checked by its schema.
 * @throws InvalidRequestError `bad-input` naming the first field at fault, or `body`
 */
export async function jsonBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header('Content-Type') ?? '')) {
    throw bad('content-type', 'must be application/json');
  }
  const bytes = await bytesOf(c.req.raw, MAX_BODY_BYTES);
  if (bytes === undefined) throw bad('body', `is longer than ${MAX_BODY_BYTES} bytes`);
  const checked = schema.safeParse(parsed(bytes));
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
