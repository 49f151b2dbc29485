import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TEXTS } from '../../src/pages/texts.ts';

/**
 * The Flesch-Kincaid grade level (Kincaid and others, 1975, Naval Technical Training Command report 8-75):
 * 0.39 x words per sentence + 11.8 x syllables per word - 15.59. A grade is a year of school in the United States; the
 * reading age is five more. So a grade of 6 is a reading age of 11.
 */
function grade(text: string): number {
  const sentences = text.split(/[.!?:]+(?:\s|$)/).filter((sentence) => /[a-z]/i.test(sentence));
  const words = sentences.flatMap((sentence) => sentence.match(/[a-z][a-z'-]*|\d+/gi) ?? []);
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word.toLowerCase()), 0);
  return 0.39 * (words.length / sentences.length) + 11.8 * (syllables / words.length) - 15.59;
}

/** Groups of vowels, but for an "e" at the end that is not spoken; every word has one. Numbers are read as one. */
function syllablesOf(word: string): number {
  const spoken = word.replace(/(?<=[aeiouy].*[^aeiouyl])e$/, '').replace(/(?<=[^dt])ed$/, 'd');
  return Math.max(1, spoken.match(/[aeiouy]+/g)?.length ?? 1);
}

/**
 * Names that a patient meets whatever we write: on PKB's pages, on its buttons and on its letters. They count as one easy
 * word each. So do the values in the places: what stands there is the partner's.
 */
const NAMES = [
  'Patients Know Best',
  'NHS login',
  'NHS App',
  'NHS number',
  'PKB',
  'my.patientsknowbest.com',
  'joinpkb.com',
  'nhs.uk/nhs-app',
  'Northern Ireland',
  'Scotland',
  'England',
];

/** A page's sentences, each ended, so that headings and buttons count as sentences. */
function textOf(part: unknown): string {
  const sentences = typeof part === 'string' ? [part] : Object.values(part as object).map(textOf);
  return sentences
    .map((sentence) => NAMES.reduce((text, name) => text.replaceAll(name, 'Name'), sentence))
    .map((sentence) => sentence.replace(/\{\w+\}/g, 'Name').replace(/\]\(\w+\)|\[/g, ''))
    .map((sentence) => (/[.!?:]$/.test(sentence) ? sentence : `${sentence}.`))
    .join(' ');
}

describe('the formula', () => {
  it('gives what is published for texts whose grade is known', () => {
    // "The cat sat on the mat": 6 words of one syllable in 1 sentence.
    assert.equal(grade('The cat sat on the mat.').toFixed(2), '-1.45');
    assert.equal(syllablesOf('information'), 4);
    assert.equal(syllablesOf('approved'), 2);
    assert.equal(syllablesOf('connected'), 3);
    assert.equal(syllablesOf('people'), 2);
  });
});

describe('the words of every page', () => {
  const { ways, failures, connection, ...pages } = TEXTS.en;
  const parts: Record<string, unknown> = { ...pages, ...ways, ...connection, ...failures };
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'string') continue;
    it(`${name} can be read at the age of 11`, () => {
      const found = grade(textOf(part));
      assert.ok(found <= 6, `grade ${found.toFixed(1)}: ${textOf(part)}`);
    });
  }

  it('can be read at the age of 10, all together', () => {
    const found = grade(textOf(TEXTS.en));
    assert.ok(found <= 5, found.toFixed(2));
  });
});

describe('the words that no patient should have to know', () => {
  const WORDS =
    /\b(oauth|fhir|api|token|refresh|scope|grant|session|authori[sz]\w*|authenticat\w*|callback|redirect|endpoint|purview|consent|identifier|demographics?|credentials?|public id|url|uri|http|server|provider|revoke\w*|unlink\w*|link(ed)? record|expire[ds]?|invalid|client|json)\b/i;

  it('are on no page', () => {
    const said = textOf(TEXTS.en).match(WORDS);
    assert.equal(said?.[0], undefined);
  });
});
