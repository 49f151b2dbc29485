import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dateInWords, dayOf, minutesInWords, momentOf } from '../../src/pages/dates.ts';
import { LANGUAGES } from '../../src/pages/texts.ts';

import { pagesOf, patient, siteIn } from './every-page.ts';

const pages = pagesOf(siteIn('en'));

for (const language of LANGUAGES) {
  describe(`every patient page in ${language}`, () => {
    for (const [name, page] of Object.entries(pagesOf(siteIn(language)))) {
      it(`${name}: escapes what it is given, fills every place and runs no script`, async () => {
        const text = String(await page);
        assert.doesNotMatch(text, /<script|javascript:|\son[a-z]+="/i);
        assert.doesNotMatch(text, /style="/);
        assert.ok(text.includes('&lt;script&gt;'));
        assert.doesNotMatch(text, /\{\w+\}|\]\(|\[object/);
      });

      it(`${name}: has its language, a title with the app's name, a skip link, one main and one h1`, async () => {
        const text = String(await page);
        assert.ok(text.startsWith(`<!doctype html>\n<html lang="${language}">`));
        assert.match(text, /<title>.+ - App /);
        assert.match(text, /<a class="skip" href="#main">[\s\S]*<main id="main"/);
        assert.equal(text.match(/<main\b/g)?.length, 1);
        assert.equal(text.match(/<h1>/g)?.length, 1);
        assert.match(text, /hreflang="(en|cy)">(English|Cymraeg)<\/a>/);
      });
    }
  });
}

describe('"is this your record?"', () => {
  it('shows the name with its accents, the birth date in words and the number as people read it', async () => {
    const text = String(await pages.confirm);
    assert.match(text, /Dr Zoë Ngọc O&#39;Brien &lt;script&gt;/);
    assert.match(text, /3 February 2001/);
    assert.match(text, /999 000 0018/);
    assert.ok(!text.includes(patient.publicId));
  });

  it('says so where the record has no name or birth date', async () => {
    assert.equal(String(await pages.confirmNobody).match(/Not in the record/g)?.length, 2);
  });

  it('says what of it the partner knows too, and what nobody can check', async () => {
    const text = String(await pages.confirm);
    assert.match(text, /O&#39;Brien[^<]*<span class="compared unknown">App .* cannot check this\.<\/span>/);
    assert.match(
      text,
      /3 February 2001<span class="compared match">This is what App .* has for you too\.<\/span>/,
    );
    assert.match(text, /999 000 0018<span class="compared match">/);
  });

  it('says nothing of the kind where the partner knows nothing', async () => {
    assert.doesNotMatch(String(await pages.confirmNobody), /compared/);
  });
});

describe('your connection', () => {
  it('warns early where the API session is about to end', async () => {
    assert.match(String(await pages.active), /PKB will end our access around 1 December 2026/);
    assert.doesNotMatch(String(await pages.away), /PKB will end/);
  });

  it('says when it was last used, where it was', async () => {
    assert.match(String(await pages.active), /Last used<\/dt><dd>25 November 2026/);
    assert.match(String(await pages.suspended), /Last used<\/dt><dd>25 November 2026/);
    assert.doesNotMatch(String(await pages.away), /Last used/);
  });

  it('does not ask for a new grant where waiting is right, and does where it is needed', async () => {
    assert.doesNotMatch(String(await pages.suspended), /\/pkb\/start/);
    assert.match(String(await pages.reauthorize), /href="\/pkb\/start">Connect again/);
  });
});

describe('a date', () => {
  it('is told in words, and as it came where it is no date', () => {
    assert.equal(dateInWords('en', '1999-12-31'), '31 December 1999');
    assert.equal(dateInWords('cy', '1999-12-31'), '31 Rhagfyr 1999');
    for (const odd of ['1999', '31/12/1999', '1999-13-01', '1999-02-31', '']) {
      assert.equal(dateInWords('en', odd), odd);
    }
  });

  it('of an instant is the day in the United Kingdom', () => {
    const lateInSummer = new Date('2026-06-30T23:30:00Z');
    assert.equal(dayOf('en', lateInSummer), '1 July 2026');
    assert.equal(momentOf('en', lateInSummer), '1 July 2026 at 00:30');
    assert.equal(momentOf('cy', lateInSummer), '1 Gorffennaf 2026 am 00:30');
  });

  it('is not the only thing that a language counts its own way', () => {
    assert.equal(minutesInWords('en', 1), '1 minute');
    assert.equal(minutesInWords('en', 60), '60 minutes');
    assert.equal(minutesInWords('cy', 60), '60 munud');
  });
});
