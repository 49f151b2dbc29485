import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Page } from 'playwright-core';
import { describeInChromium } from './chromium.ts';
import { type OpenConsole, openConsole } from './console-stage.ts';
import { CONSOLE_CHAPTERS } from './console-tour.ts';
import {
  NARROW,
  PHONE,
  sidewaysScroll,
  smallControls,
  violations,
  WIDE,
  withoutKeyboard,
} from './looking.ts';

describeInChromium('the console', (browser) => {
  let stage: OpenConsole;
  const found: Record<string, object> = {};
  const seen: string[] = [];
  before(async () => {
    stage = await openConsole();
  });
  after(() => stage?.close());

  for (const [who, chapter] of Object.entries(CONSOLE_CHAPTERS)) {
    it(`is walked by ${who}`, () =>
      chapter(browser(), stage, async (name, page) => {
        seen.push(name);
        const faults = await faultsOf(page);
        if (Object.values(faults).some((one) => one.length > 0)) found[name] = faults;
      }));
  }

  it('can be read on every page by everybody, at 320, 360 and 1,280 px, by keyboard', () => {
    assert.deepEqual(found, {});
    assert.equal(new Set(seen).size, 23);
  });
});

async function faultsOf(page: Page): Promise<Record<string, readonly unknown[]>> {
  const sideways: number[] = [];
  for (const size of [NARROW, PHONE, WIDE]) {
    await page.setViewportSize(size);
    const hidden = await sidewaysScroll(page);
    if (hidden > 0) sideways.push(size.width);
  }
  await page.setViewportSize(NARROW);
  const narrow = await violations(page);
  const small = await smallControls(page);
  await page.setViewportSize(WIDE);
  const title = await page.title();
  const heading = await page.locator('h1').textContent();
  return {
    sideways,
    small,
    violations: [...narrow, ...(await violations(page))],
    withoutKeyboard: await withoutKeyboard(page),
    title: title === `${heading} - pkb-link console` ? [] : [title],
  };
}
