/**
 * `npm run -s demo`: the whole way once, with nobody at the keyboard. A patient registers at Ridgeway Health, grants it
 * access at the simulator of PKB and says that the record is theirs. Run it again and it finds the link that is there.
 *
 * Progress goes to standard error; the last line of standard output is one JSON object.
 */

import { account, ConfigurationError, exitCode, Failure, type Log, patient } from 'pkb-link';
import { simulatorPassword } from 'pkb-link/simulator';
import { type Browser, openBrowser, type Page } from './browser.ts';
import { type PartnerApp, startPartnerApp } from './partner-app.ts';

const EMAIL = 'demo@example.com';
const PASSWORD = 'only for the demo';
const PERSON = 'Amara Okafor';
const PERSON_EMAIL = 'amara.okafor@example.com';

const say = (line: string) => process.stderr.write(`${line}\n`);

/** The last failure that the app wrote to its log: what a page says of it is for patients. */
let failed: Readonly<Record<string, string | number | boolean>> | undefined;
const log: Log = (event, fields) => {
  if (event === 'failure') failed = fields;
};

process.umask(0o077);
try {
  const partner = await startPartnerApp({
    folder: process.env.PARTNER_DATA ?? 'data/demo',
    port: 0,
    simulatorPort: 0,
    env: {},
    say,
    log,
  });
  try {
    console.log(JSON.stringify(await linked(partner)));
  } finally {
    await partner.close();
  }
} catch (error) {
  const kind = error instanceof Failure ? error.name : String(failed?.class);
  const code = error instanceof Failure ? error.code : failed?.code;
  const setting = error instanceof ConfigurationError && error.setting ? `${error.setting} ` : '';
  say(`The demo stopped: ${setting}${(error as Error).message}${code === undefined ? '' : ` (${code})`}`);
  process.exitCode = exitCode(kind);
}

async function linked({ url, app, accounts }: PartnerApp) {
  const browser = openBrowser();
  await signIn(browser, url);
  const cookie = browser.cookies(url);
  const { appUserId } = (await accounts.signedIn(new Headers({ cookie }))) ?? {};
  if (appUserId === undefined) throw new Error('the account that was just signed in is not signed in');

  const before = (await account(app, { appUserId })).link?.state;
  if (before === 'active' || before === 'suspended') {
    say('The PKB record is connected already: PKB is not asked for a grant again');
  } else {
    await connect(browser, url);
  }

  const { link } = await account(app, { appUserId });
  const { publicId, givenNames, familyName } = await patient(app, { appUserId });
  say('PKB told us whose record it is');
  return {
    app_user_id: appUserId,
    pkb_public_id: publicId,
    environment: link?.environment,
    given_name: givenNames.join(' '),
    family_name: familyName,
  };
}

async function signIn(browser: Browser, url: string): Promise<void> {
  const account = { email: EMAIL, password: PASSWORD };
  const tried = await browser.press(await browser.open(`${url}/log-in`), 'Log in', account);
  if (tried.status === 200) {
    say(`Logged in as ${EMAIL}`);
    return;
  }
  const form = await browser.open(`${url}/register`);
  const registered = await browser.press(form, 'Register', { givenName: 'Amara', ...account });
  if (registered.status !== 200) throw new Error(`registering ${EMAIL} was answered ${registered.status}`);
  say(`Registered ${EMAIL}`);
}

/** Where the account had this record before, PKB's answer is enough and nobody is asked whose it is. */
async function connect(browser: Browser, url: string): Promise<void> {
  const asked = await browser.open(`${url}/pkb`);
  const found = asked.url.pathname === '/pkb/confirm' ? asked : await grant(browser, url);
  if (found.url.pathname !== '/pkb') {
    say(`${PERSON} is asked whose record it is`);
    const answered = await browser.press(found, 'Yes, this is my record');
    if (answered.url.pathname !== '/pkb/connected') throw new Error(`"yes" led to ${answered.url.pathname}`);
  }
  say('The record is connected');
}

async function grant(browser: Browser, url: string): Promise<Page> {
  const logIn = await browser.press(await browser.open(`${url}/pkb/start`), 'Continue to Patients Know Best');
  say(`${PERSON} went to ${logIn.url.origin} to log in`);
  const question = await browser.press(logIn, 'Log in', { email: PERSON_EMAIL, password: simulatorPassword });
  say(`${PERSON} approves`);
  return browser.press(question, 'Approve');
}
