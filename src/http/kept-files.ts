import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { ConfigurationError } from '../errors.ts';

/** A file that browsers may keep for good: another content is another address. */
export interface KeptFile {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Under the base path, with the hash of the content. */
  readonly href: string;
}

const MAX_LOGO_BYTES = 64 * 1024;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export function keptFile(path: string, type: string, body: KeptFile['body']): KeptFile {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  return { body, type, href: `${path}?v=${hash}` };
}

/**
 * The partner's logo, by what is in the file and not by its name. The pages show it as an image, and its own address has
 * their Content-Security-Policy, so nothing in an SVG runs or is fetched.
 *
 * @throws ConfigurationError `bad-configuration` naming `brand.logo`
 */
export function logoFile(path: string, file: string): KeptFile {
  let body: Buffer<ArrayBuffer>;
  try {
    body = readFileSync(file);
  } catch (cause) {
    throw bad('must be the path of a file that can be read', cause);
  }
  if (body.length > MAX_LOGO_BYTES) throw bad('must have 64 kB or less');
  if (body.subarray(0, PNG.length).equals(PNG)) return keptFile(path, 'image/png', body);
  if (/<svg[\s>]/.test(body.toString('utf8'))) return keptFile(path, 'image/svg+xml', body);
  throw bad('must be a PNG or SVG file');
}

/** Under the name of its hash a file never changes; under another it is not the one that was asked for. */
export function keptFileRoutes(files: readonly KeptFile[]): Hono {
  const routes = new Hono();
  for (const { body, type, href } of files) {
    const [path = '', version] = href.split('?v=');
    routes.get(path, (c) =>
      c.body(body, 200, {
        'Content-Type': type,
        'Cache-Control':
          c.req.query('v') === version ? 'public, max-age=31536000, immutable' : 'public, max-age=60',
      }),
    );
  }
  return routes;
}

function bad(trouble: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('bad-configuration', trouble, { setting: 'brand.logo', cause });
}
