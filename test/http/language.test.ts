import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browser, location, startPages } from './pages-for-test.ts';

const ORIGIN = 'https://partner.example';

describe('the language of a page', () => {
  it('is what the browser asks for, by its weights, and English where it asks for neither', async () => {
    const { pages, app } = await startPages();
    for (const [accepted, language] of [
      [undefined, 'en'],
      ['', 'en'],
      ['cy', 'cy'],
      ['cy-GB, en;q=0.8', 'cy'],
      ['en-GB, cy;q=0.9', 'en'],
      ['cy;q=0.2, en;q=0.7', 'en'],
      ['fr, CY;q=0.3', 'cy'],
      ['cy;q=0, fr', 'en'],
      ['*', 'en'],
      [';;,q=1,=', 'en'],
    ] as const) {
      const answer = await pages.request(`${ORIGIN}/pkb/no-record`, {
        headers: accepted === undefined ? {} : { 'Accept-Language': accepted },
      });
      const text = await answer.text();
      assert.match(text, new RegExp(`<html lang="${language}">`), accepted);
      assert.equal(answer.headers.get('Content-Language'), language);
      assert.equal(answer.headers.get('Vary'), 'Accept-Language, Cookie');
    }
    await app.close();
  });

  it('is switched by a link, which leads to the same page, and is remembered', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    const page = await (await patient.get('/pkb/not-sure?asked=yes')).text();
    const [, href = ''] = /<a href="([^"]+)" lang="cy" hreflang="cy">Cymraeg<\/a>/.exec(page) ?? [];
    const switched = await patient.get(href.replace('&amp;', '&'));
    assert.equal(switched.status, 303);
    assert.equal(location(switched), '/pkb/not-sure?asked=yes');
    const [cookie = ''] = switched.headers.getSetCookie();
    assert.equal(
      cookie,
      '__Host-pkb-link-language=cy; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
    assert.match(await (await patient.get('/pkb/start')).text(), /Cysylltu eich cofnod PKB/);
    await patient.get('/pkb/start?language=en');
    assert.match(await (await patient.get('/pkb/start')).text(), /Connect your PKB record/);
    await app.close();
  });

  it('is that of problems, pages that are not there and failed forms too', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    await patient.get('/pkb?language=cy');
    assert.match(await (await patient.get('/pkb/nowhere')).text(), /<title>Gwall: Heb ddod o hyd/);
    assert.match(await (await patient.get('/pkb/problem/access-denied')).text(), /Nid ydych wedi/);
    const failed = await (await patient.post('/pkb/confirm', { linkId: 'gone' })).text();
    assert.match(failed, /Nid yw&#39;r cysylltiad hwnnw yno mwyach|Nid yw'r cysylltiad hwnnw yno mwyach/);
    // A form that failed cannot be asked for again: the switch leads to the page of its failure.
    const [, problem = ''] = /<a href="([^"]+)" lang="en"/.exec(failed) ?? [];
    assert.match(problem, /^\/pkb\/problem\/unknown-link\?reference=[0-9a-f]{8}&amp;language=en$/);
    assert.equal(
      location(await patient.get(problem.replace('&amp;', '&'))),
      problem.replace('&amp;language=en', ''),
    );
    await app.close();
  });

  it('is also that of what the partner says about itself, where the partner says it in both', async () => {
    const { pages, app } = await startPages({
      pages: {
        brand: {
          appName: 'Ridgeway',
          organisation: 'Ridgeway Clinic',
          supportContact: { en: 'Call us', cy: 'Ffoniwch ni' },
          privacyUrl: { en: '/privacy', cy: '/preifatrwydd' },
        },
      },
    });
    const patient = browser(pages);
    assert.match(
      await (await patient.get('/pkb/no-record')).text(),
      /<p>Call us<\/p>[\s\S]*href="\/privacy"/,
    );
    await patient.get('/pkb?language=cy');
    const welsh = await (await patient.get('/pkb/no-record')).text();
    assert.match(welsh, /<p>Ffoniwch ni<\/p>[\s\S]*href="\/preifatrwydd"/);
    await app.close();
  });

  it('says nothing to the caches of what is the same in both', async () => {
    const { pages, app } = await startPages();
    const style = await browser(pages).get('/pkb/style.css');
    assert.deepEqual([style.headers.get('Vary'), style.headers.get('Content-Language')], [null, null]);
    await app.close();
  });

  it('cannot be used to lead elsewhere, and takes no other', async () => {
    const { pages, app } = await startPages();
    for (const path of ['/pkb/..//evil.example/', '/pkb//evil.example', '/pkb/%2F%2Fevil.example']) {
      const answer = await pages.request(`${ORIGIN}${path}?language=cy`);
      const target = answer.headers.get('Location');
      if (target !== null) assert.equal(new URL(target, ORIGIN).origin, ORIGIN, path);
    }
    for (const odd of ['fr', 'CY', '', 'cy%0d%0aSet-Cookie:x=y', '__proto__']) {
      const answer = await pages.request(`${ORIGIN}/pkb/no-record?language=${odd}`);
      assert.equal(answer.status, 200, odd);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
    await app.close();
  });

  it('is only a choice: a cookie that holds anything else counts as none', async () => {
    const { pages, app } = await startPages();
    const answer = await pages.request(`${ORIGIN}/pkb/no-record`, {
      headers: { Cookie: '__Host-pkb-link-language="><script>', 'Accept-Language': 'cy' },
    });
    assert.match(await answer.text(), /<html lang="cy">/);
    await app.close();
  });
});
