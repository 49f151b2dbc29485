import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { describeInChromium } from './chromium.ts';
import { openClinic } from './clinic.ts';
import {
  NARROW,
  PHONE,
  sidewaysScroll,
  smallControls,
  violations,
  WIDE,
  withoutKeyboard,
} from './looking.ts';
import { openRidgeway } from './ridgeway.ts';
import { CHAPTERS, isOurs, type Language, type PageName, type Stage, tour } from './tour.ts';

const PAGES = new URL('../../src/pages/', import.meta.url);

interface Found {
  readonly name: PageName;
  readonly language: Language;
  readonly violations: readonly string[];
  /** px hidden to the right, at each width. */
  readonly sideways: readonly number[];
  readonly title: string;
  readonly heading: string;
  /** Controls of less than 24 px, but for the links inside sentences. */
  readonly small: readonly string[];
  /** Controls that Tab does not come to, or that do not show when it does. */
  readonly withoutKeyboard: readonly string[];
}

describeInChromium('every page', (browser) => {
  let stage: Stage;
  const found: Found[] = [];

  before(async () => {
    stage = { ridgeway: await openRidgeway(), clinic: await openClinic() };
  });
  after(async () => {
    await stage?.ridgeway.close();
    await stage?.clinic.close();
  });

  for (const [title, chapter] of Object.entries(CHAPTERS)) {
    it(`is looked at: ${title}`, () => tour(browser(), stage, look, [chapter]));
  }

  async function look(name: PageName, page: Page, language: Language): Promise<void> {
    const sideways: number[] = [];
    for (const size of [NARROW, WIDE, PHONE]) {
      await page.setViewportSize(size);
      sideways.push(await sidewaysScroll(page));
    }
    const small = await smallControls(page);
    const phone = await violations(page);
    await page.setViewportSize(WIDE);
    found.push({
      name,
      language,
      sideways,
      small,
      violations: [...phone, ...(await violations(page))],
      title: await page.title(),
      heading: (await page.locator('h1').textContent()) ?? '',
      withoutKeyboard: await withoutKeyboard(page),
    });
  }

  it('is without a violation that axe can find', () => {
    assert.deepEqual(
      found.filter((page) => page.violations.length > 0),
      [],
    );
  });

  it('can be read at 320 px, which is a zoom of 400 %, at 360 and at 1280, without scrolling sideways', () => {
    assert.deepEqual(
      found.filter((page) => page.sideways.some((hidden) => hidden > 0)),
      [],
    );
  });

  it('has a title that says what the page is: its heading, and whose it is', () => {
    for (const { name, language, title, heading } of found) {
      if (name.startsWith('pkb/')) continue;
      const [, said = title] = /^(?:Error|Gwall): (.*)$/.exec(title) ?? [];
      const whose = name.startsWith('hosted/') ? 'Ridgeway' : 'Ridgeway Health';
      if (isOurs(name)) assert.equal(said, `${heading} - ${whose}`, `${name} ${language}`);
      else assert.match(title, / - Ridgeway Health$/, name);
    }
  });

  it('has no control that is too small to hit', () => {
    assert.deepEqual(
      found.filter((page) => page.small.length > 0),
      [],
    );
  });

  it('can be used with the keyboard alone, and shows where it is', () => {
    assert.deepEqual(
      found.filter((page) => page.withoutKeyboard.length > 0),
      [],
    );
  });

  it('of the patient is there in English and in Welsh', () => {
    const names = (language: Language) =>
      found.filter((page) => page.language === language && isOurs(page.name)).map(({ name }) => name);
    assert.ok(names('en').length > 50, String(names('en').length));
    assert.deepEqual(names('cy'), names('en'));
  });

  it('was looked at: a page module that the tour does not reach fails here', async () => {
    const reached = found.map(({ name }) => /^patient\/([^.]+)/.exec(name)?.[1]).filter(Boolean);
    assert.deepEqual([...new Set(reached)].sort(), await wholePages());
  });
});

/** The modules of `src/pages` that render a whole page. */
async function wholePages(): Promise<readonly string[]> {
  const names = (await readdir(PAGES)).filter((name) => name.endsWith('.ts'));
  const whole = await Promise.all(
    names.map(async (name) => (await readFile(new URL(name, PAGES), 'utf8')).includes("from './layout.ts'")),
  );
  return names
    .filter((_, index) => whole[index])
    .map((name) => name.replace(/\.ts$/, ''))
    .sort();
}
