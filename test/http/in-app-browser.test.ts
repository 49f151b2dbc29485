import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browserOpener, isInAppBrowser } from '../../src/http/pages/in-app-browser.ts';
import { startPages } from './pages-for-test.ts';

const ANDROID = 'Mozilla/5.0 (Linux; Android 15; Pixel 8';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';

const IN_APPS = [
  `${ANDROID}; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36`,
  `${ANDROID}) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/490.0.0.1;]`,
  `${IPHONE} Mobile/15E148 Instagram 360.0.0.30 (iPhone16,1; iOS 18_1)`,
  `${IPHONE} Mobile/15E148 [LinkedInApp]/9.30`,
  // A mail app, which says no name.
  `${IPHONE} Mobile/15E148`,
];

const BROWSERS = [
  '',
  `${ANDROID}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36`,
  'Mozilla/5.0 (Android 15; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0',
  `${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`,
  `${IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1`,
  `${IPHONE} FxiOS/133.0 Mobile/15E148 Safari/605.1.15`,
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
];

describe('the built-in browser of another app', () => {
  it('is known by what it calls itself, and no browser is taken for one', () => {
    for (const userAgent of IN_APPS) assert.ok(isInAppBrowser(userAgent), userAgent);
    for (const userAgent of BROWSERS) assert.ok(!isInAppBrowser(userAgent), userAgent);
  });

  it('is warned before the start, told the address to open, and may go on', async () => {
    const { pages, app } = await startPages();
    const ask = (path: string, userAgent: string) =>
      pages.request(`https://partner.example${path}`, { headers: { 'User-Agent': userAgent } });
    for (const userAgent of IN_APPS) {
      const warned = await ask('/pkb/start', userAgent);
      assert.equal(warned.headers.get('Location'), '/pkb/open-in-browser');
      const page = await (await ask('/pkb/open-in-browser', userAgent)).text();
      assert.ok(page.includes('<p class="address">https://partner.example/pkb/start</p>'));
      assert.equal(
        page.includes('href="intent://partner.example/pkb/start#Intent;scheme=https;'),
        /Android/.test(userAgent),
      );
      assert.match(page, /href="\/pkb\/start\?anyway=yes"/);
      assert.equal((await ask('/pkb/start?anyway=yes', userAgent)).status, 200);
    }
    for (const userAgent of BROWSERS) assert.equal((await ask('/pkb/start', userAgent)).status, 200);
    await app.close();
  });

  it('has an address that opens the browser by itself on Android only', () => {
    const [android = '', , iphone = ''] = IN_APPS;
    assert.equal(
      browserOpener(android, 'https://app.example/pkb/start'),
      'intent://app.example/pkb/start#Intent;scheme=https;action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end',
    );
    assert.equal(browserOpener(iphone, 'https://app.example/pkb/start'), undefined);
  });
});
