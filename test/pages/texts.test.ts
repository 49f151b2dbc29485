import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placesIn, say } from '../../src/pages/say.ts';
import { LANGUAGES, TEXTS } from '../../src/pages/texts.ts';
import { pagesOf, siteIn } from './every-page.ts';

/** `start.title` -> its sentence. */
function sentences(texts: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, value]) =>
      typeof value === 'string' ? [[path + key, value] as const] : [...sentences(value, `${path}${key}.`)],
    ),
  );
}

const { awaitsReview, ...welsh } = TEXTS.cy as typeof TEXTS.cy & { awaitsReview?: string };
const english = sentences(TEXTS.en);

describe('the Welsh texts', () => {
  it('have the same names as the English ones, in the same order', () => {
    assert.deepEqual([...sentences(welsh).keys()], [...english.keys()]);
  });

  it('keep every place of a sentence', () => {
    for (const [name, sentence] of sentences(welsh)) {
      assert.deepEqual(placesIn(sentence), placesIn(english.get(name) ?? ''), name);
    }
  });

  it('are not the English ones', () => {
    const same = [...sentences(welsh)].filter(
      ([name, sentence]) =>
        sentence === english.get(name) && /[a-z]{4}/.test(sentence.replace(/\{\w+\}/g, '')),
    );
    assert.deepEqual(same, []);
  });

  it('say in their own file that they await a review', () => {
    assert.match(awaitsReview ?? '', /A Welsh speaker has not reviewed this text yet/);
  });
});

describe('the texts', () => {
  for (const language of LANGUAGES) {
    it(`in ${language} are all used`, async () => {
      const pages = (await Promise.all(Object.values(pagesOf(siteIn(language))))).map(String).join('\n');
      for (const [name, sentence] of sentences(language === 'cy' ? welsh : TEXTS.en)) {
        for (const part of sentence.split(/\{\w+\}|\[|\]\(\w+\)/)) {
          const shown = part.replaceAll('"', '&quot;').replaceAll("'", '&#39;');
          assert.ok(pages.includes(shown), `${name}: ${part}`);
        }
      }
    });
  }
});

describe('a sentence', () => {
  const site = siteIn('en');
  const brand = { ...site.brand, appName: '<App>', organisation: 'Clinic & Co' };
  const told = (text: string, values = {}) => String(say({ brand }, text, values));

  it('has its places filled and everything escaped', () => {
    assert.equal(told('{app} of {organisation}'), '&lt;App&gt; of Clinic &amp; Co');
    assert.equal(
      told('Go to [{app} <now>](home).', { home: '/"x' }),
      'Go to <a href="/&quot;x">&lt;App&gt; &lt;now&gt;</a>.',
    );
  });

  it('with a place that nobody fills is a fault of ours, and no page', () => {
    assert.throws(() => told('For {nobody}'), /nothing was given for \{nobody\}/);
    assert.throws(() => told('[here](nowhere)'), /nothing was given for \[here\]\(nowhere\)/);
  });
});
