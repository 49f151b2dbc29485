/**
 * Pictures of every page in every state, on a phone and on a wide screen, in both languages, with a page that shows them
 * all; the operator's console on a wide screen and a narrow one; and the three of the documentation: `npm run gallery -- <folder>`
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { html } from 'hono/html';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { openClinic } from './clinic.ts';
import { openConsole } from './console-stage.ts';
import { CONSOLE_CHAPTERS } from './console-tour.ts';
import { grant, newPatient } from './patient.ts';
import { openRidgeway, type Ridgeway } from './ridgeway.ts';
import { type Language, type PageName, tour } from './tour.ts';

const WIDTHS = [360, 1280] as const;

interface Picture {
  readonly name: PageName;
  readonly language: Language;
  readonly title: string;
  /** By width. */
  readonly files: readonly string[];
}

/** Saves `<folder>/<page>-<language>-<width>.png`, whole pages, `index.html`, and `readme-*.png`. */
export async function saveGallery(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const browser = await launchChromium();
  const ridgeway = await openRidgeway();
  const clinic = await openClinic();
  const pictures: Picture[] = [];
  try {
    await forReadme(browser, ridgeway, folder);
    await tour(browser, { ridgeway, clinic }, async (name, page, language) => {
      const files: string[] = [];
      for (const width of WIDTHS) {
        const file = `${name.replace('/', '-')}-${language}-${width}.png`;
        await page.setViewportSize({ width, height: 740 });
        await page.screenshot({ path: join(folder, file), fullPage: true });
        files.push(file);
      }
      pictures.push({ name, language, title: await page.title(), files });
    });
  } finally {
    await browser.close();
    await ridgeway.close();
    await clinic.close();
  }
  await writeFile(join(folder, 'index.html'), String(await indexOf(pictures)));
}

function indexOf(pictures: readonly Picture[]) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every page</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem; }
section { border-top: 1px solid #888; }
div { display: flex; gap: 1rem; align-items: flex-start; overflow-x: auto; }
img { border: 1px solid #ccc; height: 30rem; width: auto; }
</style>
</head>
<body>
<h1>Every page, in every state</h1>
${pictures.map(
  ({ name, language, title, files }) => html`<section><h2>${name} (${language})</h2>
<p>${title}</p>
<div>${files.map((file) => html`<a href="${file}"><img src="${file}" alt="${title}" loading="lazy"></a>`)}</div></section>
`,
)}</body>
</html>
`;
}

async function forReadme(browser: Browser, ridgeway: Ridgeway, folder: string): Promise<void> {
  const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 };
  const patient = await newPatient(browser, ridgeway, phone);
  const { page } = patient;
  await patient.register('Lee');
  await patient.open('/pkb/start');
  await top(
    page,
    page.getByText('will not see your PKB password'),
    join(folder, 'readme-before-leaving.png'),
  );
  await grant(patient, ridgeway.person('Amara'));
  await top(
    page,
    page.getByText('No, this is not my record'),
    join(folder, 'readme-is-this-your-record.png'),
  );
  await patient.context.close();
}

/** The page as far down as `last`. */
async function top(page: Page, last: Locator, path: string, width = 390): Promise<void> {
  const end = await last.boundingBox();
  if (!end) throw new Error(`${page.url()} does not show where its picture ends`);
  const clip = { x: 0, y: 0, width, height: Math.ceil(end.y + end.height) + 24 };
  await page.screenshot({ path, fullPage: true, clip });
}

/** Saves `<folder>/console-<page>-<width>.png`. */
export async function saveConsole(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stage = await openConsole();
  const browser = await launchChromium();
  try {
    for (const chapter of Object.values(CONSOLE_CHAPTERS)) {
      await chapter(browser, stage, async (name, page) => {
        if (name === 'overview.7-days') {
          await page.setViewportSize({ width: 1000, height: 740 });
          const end = page.getByText('The numbers over time');
          await top(page, end, join(folder, 'readme-console.png'), 1000);
        }
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 740 });
          await page.screenshot({ path: join(folder, `console-${name}-${width}.png`), fullPage: true });
        }
      });
    }
  } finally {
    await browser.close();
    await stage.close();
  }
}

if (import.meta.main) {
  const folder = process.argv[2] ?? 'gallery';
  await saveGallery(folder);
  await saveConsole(folder);
}
