import type { Context, MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

/** The headers of every answer. No script, no frame, nothing from anywhere else, nothing kept by a cache. */
export function securityHeaders(options: {
  /** The public origin is https. */
  readonly secure: boolean;
  readonly authorizationEndpoint: string;
  /** The path whose form leads to PKB. */
  readonly startPath: string;
}): MiddlewareHandler[] {
  const authorizationOrigin = new URL(options.authorizationEndpoint).origin;
  // Chromium holds `form-action` against every redirect that follows a form, not only against its address: with 'self'
  // alone the button to PKB does nothing. PKB may hop on to a login of its own (NHS login), so https at large.
  const formAction = (c: Context): string =>
    c.req.path === options.startPath ? `'self' ${authorizationOrigin} https:` : "'self'";
  return [
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: [formAction],
      },
      referrerPolicy: 'no-referrer',
      xFrameOptions: 'DENY',
      strictTransportSecurity: options.secure ? 'max-age=31536000' : false,
    }),
    async (c, next) => {
      await next();
      if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
    },
  ];
}
