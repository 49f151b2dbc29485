/** Finds a Chromium on this machine and starts it. */

import { existsSync } from 'node:fs';
import { after, before, describe } from 'node:test';
import { type Browser, chromium } from 'playwright-core';

const USUAL_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const executablePath = process.env.PKB_LINK_CHROMIUM || USUAL_PLACES.find((path) => existsSync(path));

const REMEDY =
  'There is no Chromium: install it (Debian: apt-get install chromium) or set PKB_LINK_CHROMIUM to the path of one';

/** @throws Error naming the remedy, where there is no Chromium */
export async function launchChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(REMEDY);
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
}

/**
 * `describe`, with one Chromium for all its tests. Without one they are skipped; where `CI` is set they fail instead,
 * because a change must not land unseen.
 */
export function describeInChromium(name: string, tests: (browser: () => Browser) => void): void {
  const skip = executablePath === undefined && process.env.CI !== 'true' ? REMEDY : false;
  describe(name, { skip }, () => {
    let browser: Browser;
    before(async () => {
      browser = await launchChromium();
    });
    after(() => browser?.close());
    tests(() => browser);
  });
}
