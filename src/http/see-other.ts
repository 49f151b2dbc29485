import type { Context } from 'hono';

/** To another page, by GET. `303`, so that a form is never sent again by a reload (RFC 9110 section 15.4.4). */
export function seeOther(c: Context, address: string): Response {
  return c.redirect(address, 303);
}
