import type { Context, MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

/** The headers of every answer. No script, no frame, nothing from anywhere else, nothing kept by a cache. */
export function securityHeaders(options: {
  /** The public origin is https. */
  readonly secure: boolean;
  /** Where else than to ourselves the form of a page may lead, by the page's path: origins and schemes. */
  readonly formTargets: Readonly<Record<string, readonly string[]>>;
}): MiddlewareHandler[] {
  // Chromium holds `form-action` against every redirect that follows a form, not only against its address: with 'self'
  // alone the button to PKB does nothing.
  const formAction = (c: Context): string => ["'self'", ...(options.formTargets[c.req.path] ?? [])].join(' ');
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
