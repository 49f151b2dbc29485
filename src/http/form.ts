import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { InvalidRequestError } from '../errors.ts';
import { bytesOf } from './bytes-of.ts';
import { isSameOrigin } from './same-origin.ts';

/** Our forms carry one id. */
const MAX_BODY_BYTES = 8 * 1024;

type Refuse = (
  c: Context,
  failure: InvalidRequestError,
  status: ContentfulStatusCode,
) => Response | Promise<Response>;

/** Lets a POST through only where it is a small form that a page of `origin` sent, and keeps it for `formOf`. */
export function formsOnly(origin: string, refuse: Refuse) {
  return async (c: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    if (!isSameOrigin(c.req.raw, origin)) {
      return refuse(c, bad('origin', 'the form was not sent by a page of this service'), 403);
    }
    if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(c.req.header('Content-Type') ?? '')) {
      return refuse(c, bad('content-type', 'the body is not a form'), 415);
    }
    const form = await bytesOf(c.req.raw, MAX_BODY_BYTES);
    if (form === undefined) return refuse(c, bad('body', 'the form is too long'), 413);
    c.set('form', form);
    await next();
    return undefined;
  };
}

/** The form that `formsOnly` let through, to be read by `parameter`. @throws InvalidRequestError `bad-input` where it is not UTF-8 */
export function formOf(c: Context): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(c.get('form'));
  } catch (cause) {
    throw new InvalidRequestError('bad-input', 'the form is not UTF-8', { field: 'body', cause });
  }
}

function bad(field: string, message: string): InvalidRequestError {
  return new InvalidRequestError('bad-input', message, { field });
}
