/**
 * `npm run contract -- --environment sandbox`: asks PKB whether what we assume of it holds, and prints what does not and
 * which setting to change. Settings come from the environment as for `serve` (docs/settings.md), the test patient from
 * PKB_TEST_EMAIL and PKB_TEST_PASSWORD. Exit: 0 all holds, 1 something does not, 2 wrong input, 4 PKB cannot be reached.
 */

import { parseArgs } from 'node:util';
import { configFromEnvironment } from '../../src/config.ts';
import { COMMON, endpointsOf } from '../../src/provider/presets.ts';
import { checkedSettings } from '../../src/provider/settings.ts';
import { launchChromium } from '../browser/chromium.ts';
import { patientInBrowser } from './patient-in-browser.ts';
import { contract, type Finding, NotATestPatient, Unreachable } from './upstream.ts';

/** Never production: a contract is made with test identities. */
const ENVIRONMENTS = ['sandbox', 'simulator'] as const;

process.exitCode = await main().catch((failure: Error & { setting?: string }) => {
  say(`contract: ${failure.setting ? `${failure.setting} ` : ''}${failure.message}`);
  if (failure instanceof Unreachable) return 4;
  return failure instanceof NotATestPatient ? 2 : 78;
});

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { environment: { type: 'string' } } });
  const environment = ENVIRONMENTS.find((name) => name === values.environment);
  if (!environment) {
    say(`contract: --environment must be ${ENVIRONMENTS.join(' or ')}`);
    return 2;
  }
  const { PKB_TEST_EMAIL: email, PKB_TEST_PASSWORD: password } = process.env;
  const settings = settingsOf(environment);
  const browser = email && password ? await launchChromium() : undefined;
  try {
    const press =
      browser && email && password
        ? patientInBrowser(browser, settings.redirectUri, { email, password })
        : undefined;
    let bad = 0;
    for await (const finding of contract({ settings, press })) {
      if (finding.verdict === 'does not hold') bad += 1;
      say(line(finding));
    }
    say(bad === 0 ? 'Nothing that was asked is otherwise than assumed.' : `${bad} assumptions do not hold.`);
    return bad === 0 ? 0 : 1;
  } finally {
    await browser?.close();
  }
}

/** Of the settings that `serve` reads, those of PKB: the contract stores nothing. */
function settingsOf(environment: (typeof ENVIRONMENTS)[number]) {
  const { app } = configFromEnvironment({
    ...process.env,
    PKB_ENVIRONMENT: environment,
    PKB_LINK_DATABASE_URL: 'file::memory:',
    PKB_LINK_ENCRYPTION_KEYS: `contract:${Buffer.alloc(32).toString('base64')}`,
  });
  const { clientId, redirectUri } = app;
  return checkedSettings({
    ...COMMON,
    ...endpointsOf(environment, app.simulatorUrl),
    environment,
    ...(clientId !== undefined && { clientId }),
    ...(redirectUri !== undefined && { redirectUri }),
    ...app.provider,
  });
}

function line({ verdict, question, assumption, seen, change }: Finding): string {
  const about = question === undefined ? '' : ` (question ${question})`;
  return `${verdict.padEnd(13)} ${assumption}${about}: ${seen}${change ? `\n${' '.repeat(14)}change: ${change}` : ''}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
