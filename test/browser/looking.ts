/** What is looked for on every page: what axe finds, what is hidden sideways, what is too small, what the keyboard does not reach. */

import axe from 'axe-core';
import type { Page } from 'playwright-core';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** 1,280 px at a zoom of 400 % (WCAG 2.2, 1.4.10 Reflow). */
export const NARROW = { width: 320, height: 640 };
export const PHONE = { width: 360, height: 740 };
export const WIDE = { width: 1280, height: 800 };

/** How many px are hidden to the right. */
export async function sidewaysScroll(page: Page): Promise<number> {
  const root = 'document.documentElement';
  return Number(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`));
}

export async function smallControls(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[...document.querySelectorAll('button, input:not([type=hidden]), nav a, .button, .action')]
    .filter((control) => { const { width, height } = control.getBoundingClientRect(); return width < 24 || height < 24; })
    .map((control) => control.outerHTML)`);
}

/** Presses Tab until every control of the page had the focus; of radio buttons with one name, one is enough. */
export async function withoutKeyboard(page: Page): Promise<readonly string[]> {
  const all = `[...document.querySelectorAll('a[href], button, input:not([type=hidden])')]`;
  const names: string[] = await page.evaluate(
    `${all}.map((control, at) => control.type === 'radio' ? control.name : at + control.outerHTML)`,
  );
  const missing = new Set(names);
  // Regions that scroll and what folds have the focus too.
  const others = Number(await page.evaluate(`document.querySelectorAll('summary, [tabindex="0"]').length`));
  for (let presses = names.length + others + 3; presses > 0 && missing.size > 0; presses -= 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(`{
      const at = ${all}.indexOf(document.activeElement);
      at >= 0 && getComputedStyle(document.activeElement).outlineStyle !== 'none' ? at : undefined
    }`);
    if (typeof focused === 'number') missing.delete(names[focused] ?? '');
  }
  return [...missing];
}

/** What axe finds wrong, one line each. */
export async function violations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
  const options = JSON.stringify({ runOnly: { type: 'tag', values: RULES }, resultTypes: ['violations'] });
  const result = (await page.evaluate(`axe.run(document, ${options})`)) as Pick<axe.AxeResults, 'violations'>;
  return result.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
