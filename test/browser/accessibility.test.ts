import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describeInChromium } from './chromium.ts';
import { openRidgeway, type Ridgeway } from './ridgeway.ts';
import { type PageName, tour } from './tour.ts';

const PAGES = new URL('../../src/pages/', import.meta.url);

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** 1,280 px at a zoom of 400 % (WCAG 2.2, 1.4.10 Reflow). */
const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1280, height: 800 };

interface Found {
  readonly name: PageName;
  readonly violations: readonly string[];
  readonly sideways: number;
}

describeInChromium('every page', (browser) => {
  let ridgeway: Ridgeway;
  const found: Found[] = [];

  before(async () => {
    ridgeway = await openRidgeway();
    await tour(browser(), ridgeway, async (name, page) => {
      await page.setViewportSize(NARROW);
      const sideways = await sidewaysScroll(page);
      const narrow = await violations(page, ['color-contrast', 'target-size']);
      await page.setViewportSize(WIDE);
      found.push({ name, sideways, violations: [...narrow, ...(await violations(page))] });
    });
  });
  after(() => ridgeway?.close());

  it('is without a violation that axe can find', () => {
    assert.deepEqual(
      found.filter((page) => page.violations.length > 0),
      [],
    );
  });

  it('can be read at 320 px, or zoomed to 400 %, without scrolling sideways', () => {
    assert.deepEqual(
      found.filter((page) => page.sideways > 0),
      [],
    );
  });

  it('was looked at: a page module that the tour does not reach fails here', async () => {
    const reached = found.map(({ name }) => /^patient\/([^.]+)/.exec(name)?.[1]).filter(Boolean);
    assert.deepEqual([...new Set(reached)].sort(), await wholePages());
  });
});

/** How many px are hidden to the right. */
async function sidewaysScroll(page: Page): Promise<number> {
  const root = 'document.documentElement';
  return Number(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`));
}

/** What axe finds wrong, one line each. @param rules these only, instead of all of `RULES` */
async function violations(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: RULES };
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
  const options = JSON.stringify({ runOnly, resultTypes: ['violations'] });
  const result = (await page.evaluate(`axe.run(document, ${options})`)) as Pick<axe.AxeResults, 'violations'>;
  return result.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** The modules of `src/pages` that render a whole page. */
async function wholePages(): Promise<readonly string[]> {
  const names = await readdir(PAGES);
  const whole = await Promise.all(
    names.map(async (name) => (await readFile(new URL(name, PAGES), 'utf8')).includes("from './layout.ts'")),
  );
  return names
    .filter((_, index) => whole[index])
    .map((name) => name.replace(/\.ts$/, ''))
    .sort();
}
