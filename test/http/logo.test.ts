import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../../src/errors.ts';
import { browser, startPages } from './pages-for-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'logo-'));
const brand = { appName: 'A', organisation: 'B', supportContact: 'C' };
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script></svg>';
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(40)]);

function saved(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe("a partner's logo", () => {
  it('is served by the pages themselves, kept under its hash, and cannot run anything', async () => {
    for (const [content, type] of [
      [SVG, 'image/svg+xml'],
      [PNG, 'image/png'],
    ] as const) {
      // The name of the file says nothing: what is in it counts.
      const { pages, app } = await startPages({
        pages: { brand: { ...brand, logo: saved('logo', content) } },
      });
      const page = await (await browser(pages).get('/pkb/no-record')).text();
      const [, src = ''] = /<img src="([^"]+)" alt="">A<\/a>/.exec(page) ?? [];
      assert.match(src, /^\/pkb\/logo\?v=[0-9a-f]{16}$/);
      const logo = await browser(pages).get(src);
      assert.deepEqual(Buffer.from(await logo.arrayBuffer()), Buffer.from(content));
      assert.equal(logo.headers.get('Content-Type'), type);
      assert.match(logo.headers.get('Cache-Control') ?? '', /immutable/);
      assert.match(logo.headers.get('Content-Security-Policy') ?? '', /default-src 'none'/);
      assert.equal(logo.headers.get('X-Content-Type-Options'), 'nosniff');
      await app.close();
    }
  });

  it('is refused at start where it is not there, no picture, or too large for a phone', async () => {
    for (const [logo, trouble] of [
      [join(folder, 'not-there.png'), /a file that can be read/],
      [saved('logo.png', '<html>'), /PNG or SVG/],
      [saved('large.svg', SVG + ' '.repeat(64 * 1024)), /64 kB/],
    ] as const) {
      await assert.rejects(
        startPages({ pages: { brand: { ...brand, logo } } }),
        (error) =>
          error instanceof ConfigurationError &&
          error.setting === 'brand.logo' &&
          trouble.test(error.message),
      );
    }
  });
});
