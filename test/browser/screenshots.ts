/**
 * Pictures of every page, on a phone and on a wide screen, and the two of the README:
 * `node --conditions=pkb-link-source test/browser/screenshots.ts <folder>`
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { grant, newPatient } from './patient.ts';
import { openRidgeway, type Ridgeway } from './ridgeway.ts';
import { tour } from './tour.ts';

const WIDTHS = [360, 1280] as const;

/** Saves `<folder>/<page>-<width>.png`, whole pages, and `<folder>/before-leaving.png`, `is-this-your-record.png`. */
export async function saveScreenshots(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const browser = await launchChromium();
  const ridgeway = await openRidgeway();
  try {
    await forReadme(browser, ridgeway, folder);
    await tour(browser, ridgeway, async (name, page) => {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const path = join(folder, `${name.replace('/', '-')}-${width}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    });
  } finally {
    await browser.close();
    await ridgeway.close();
  }
}

async function forReadme(browser: Browser, ridgeway: Ridgeway, folder: string): Promise<void> {
  const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 };
  const patient = await newPatient(browser, ridgeway, phone);
  const { page } = patient;
  await patient.register('Lee');
  await patient.open('/pkb/start');
  await top(page, page.getByText('will not see your PKB password'), join(folder, 'before-leaving.png'));
  await grant(patient, ridgeway.person('Amara'));
  await top(page, page.getByText('No, this is not my record'), join(folder, 'is-this-your-record.png'));
  await patient.context.close();
}

/** The page as far down as `last`. */
async function top(page: Page, last: Locator, path: string): Promise<void> {
  const end = await last.boundingBox();
  if (!end) throw new Error(`${page.url()} does not show where its picture ends`);
  const clip = { x: 0, y: 0, width: 390, height: Math.ceil(end.y + end.height) + 24 };
  await page.screenshot({ path, fullPage: true, clip });
}

if (import.meta.main) {
  const [, , folder] = process.argv;
  if (folder === undefined) throw new Error('name the folder for the pictures');
  await saveScreenshots(folder);
}
