/** Every page that a patient can come to, one after the other, each as it really comes about. */

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { FAILURE_ANSWERS } from '../../src/http/failure-answers.ts';
import type { Clinic } from './clinic.ts';
import {
  connect,
  goToPkb,
  grant,
  logIn,
  logInAtPkb,
  newPatient,
  type PartnerSite,
  type Patient,
} from './patient.ts';
import type { Ridgeway } from './ridgeway.ts';

/**
 * Whose page it is (`ridgeway`, `patient` for the patient pages, `hosted` for those of the service, `pkb` for the
 * simulator), its module or what it is for, and after a dot which of its forms: `patient/connection.suspended`.
 */
export type PageName = `${'ridgeway' | 'patient' | 'hosted' | 'pkb'}/${string}`;

/** The patient pages are in two languages, embedded or hosted; the others in one. */
export type Language = 'en' | 'cy';

export function isOurs(name: PageName): boolean {
  return name.startsWith('patient/') || name.startsWith('hosted/');
}

/** Where it leads through. */
export interface Stage {
  readonly ridgeway: Ridgeway;
  readonly clinic: Clinic;
}

export type Visit = (name: PageName, page: Page, language: Language) => Promise<void>;

/** @param again brings the page's state about once more, where it is only there for one request */
type See = (name: PageName, page: Page, again?: () => void) => Promise<void>;

interface Walk extends Stage {
  readonly see: See;
  readonly visit: Visit;
  stranger(options?: BrowserContextOptions): Promise<Patient>;
  /** Logged in at Ridgeway Health, or at `site`, with an account of their own. */
  account(givenName: string, site?: PartnerSite): Promise<Patient>;
}

/** In this order: the later ones find what the earlier ones have left. */
export const CHAPTERS: Readonly<Record<string, (walk: Walk) => Promise<void>>> = {
  'before an account': async ({ stranger, see }) => beforeAnAccount(await stranger(), see),
  'at PKB': async ({ account, ridgeway, see }) => atPkb(await account('Kit'), ridgeway, see),
  'to a record': async ({ account, see }) => toARecord(await account('Jo'), see),
  'inside another app': async ({ stranger, see }) =>
    insideAnotherApp(await stranger({ userAgent: INSTAGRAM_ON_ANDROID }), see),
  'from start to connected': async ({ account, ridgeway, see }) =>
    fromStartToConnected(await account('Robin'), ridgeway, see),
  'looking after the connection': async ({ account, ridgeway, see }) =>
    lookingAfterTheConnection(await account('Sam'), ridgeway, see),
  'what goes wrong': async ({ account, ridgeway, see }) =>
    whatGoesWrong(await account('Alex'), ridgeway, see),
  'every other ending': async ({ stranger, visit }) => everyOtherEnding(await stranger(), visit),
  'when PKB is slow or away': async ({ account, ridgeway, see }) =>
    whenPkbIsSlowOrAway(await account('Noor'), ridgeway, see),
  'on hosted pages': async ({ account, clinic, see }) =>
    onHostedPages(await account('Lee', clinic), clinic, see),
  'to a hosted page inside another app': async ({ stranger, clinic, see }) =>
    toAHostedPage(await stranger({ userAgent: INSTAGRAM_ON_ANDROID }), clinic, see),
};

/** @param visit may look at the page and change the size of its window, and must leave it otherwise as it is. */
export async function tour(
  browser: Browser,
  stage: Stage,
  visit: Visit,
  chapters = Object.values(CHAPTERS),
): Promise<void> {
  for (const chapter of chapters) await chapter({ ...stage, see, visit, stranger, account });

  /** The page in each of its languages, by its own switch. */
  async function see(name: PageName, page: Page, again = () => {}): Promise<void> {
    await visit(name, page, 'en');
    if (!isOurs(name)) return;
    for (const [language, words] of [
      ['cy', 'Cymraeg'],
      ['en', 'English'],
    ] as const) {
      again();
      // Where a press of the switch leads, without the wait for the press: that is half of the tour's time.
      const href = await page.getByRole('link', { name: words, exact: true }).getAttribute('href');
      await page.goto(new URL(href ?? '', page.url()).href);
      if (language === 'cy') await visit(name, page, language);
    }
  }

  // With script, because the accessibility engine is one.
  function stranger(
    options: BrowserContextOptions = {},
    site: PartnerSite = stage.ridgeway,
  ): Promise<Patient> {
    return newPatient(browser, site, { javaScriptEnabled: true, ...options });
  }

  async function account(givenName: string, site?: PartnerSite): Promise<Patient> {
    const patient = await stranger({}, site);
    await patient.register(givenName);
    return patient;
  }
}

async function beforeAnAccount(patient: Patient, see: See): Promise<void> {
  const { page } = patient;
  await patient.open('/');
  await patient.sees('Look after your health, one day at a time');
  await see('ridgeway/welcome', page);
  await patient.press('Register');
  await patient.sees('Register');
  await see('ridgeway/register', page);
  await patient.press('Register');
  await patient.reads('There is a problem');
  await see('ridgeway/register.wrong', page);
  await patient.open('/log-in');
  await patient.sees('Log in');
  await see('ridgeway/log-in', page);
  await logIn(patient, 'Nobody');
  await patient.reads('There is a problem');
  await see('ridgeway/log-in.wrong', page);
  await patient.open('/nowhere');
  await patient.sees('Page not found');
  await see('ridgeway/problem.not-found', page);
  await patient.open('/log-in?then=elsewhere');
  await patient.sees('We cannot use this request');
  await see('ridgeway/problem.bad-request', page);
}

async function atPkb(patient: Patient, ridgeway: Ridgeway, see: See): Promise<void> {
  const { page } = patient;
  const { simulator } = ridgeway;
  await patient.open(simulator.url);
  await patient.sees('A stand-in for Patients Know Best');
  await see('pkb/start', page);
  await patient.open(`${simulator.url}/apiAuthorize.action`);
  await patient.sees('There is a problem with the link to this page');
  await see('pkb/problem', page);
  await patient.open(`${simulator.url}/nowhere`);
  await patient.sees('Page not found');
  await see('pkb/problem.not-found', page);

  await goToPkb(patient);
  await see('pkb/log-in', page);
  await patient.type('E-mail address', 'nobody@example.com');
  await patient.type('Password', 'wrong');
  await patient.press('Log in');
  await patient.reads('We could not log you in');
  await see('pkb/log-in.wrong', page);
  await logInAtPkb(patient, ridgeway.person('Amara'));
  await see('pkb/grant', page);
  ridgeway.wait(31);
  await patient.press('Approve');
  await patient.sees('This page has expired');
  await see('pkb/problem.expired', page);

  await goToPkb(patient);
  await patient.press('Log in as Dr Imogen Castellane');
  await patient.sees('This account cannot be used here');
  await see('pkb/problem.professional', page);

  simulator.toggles.denyMode = 'no-return';
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Amara'));
  await patient.press('Deny');
  await patient.sees('You denied access');
  await see('pkb/end', page);
  simulator.toggles.denyMode = 'redirect';
}

async function toARecord(patient: Patient, see: See): Promise<void> {
  const { page } = patient;
  await patient.open('/pkb/start');
  await patient.press('I am not sure');
  await patient.sees('Find out if you have a PKB record');
  await see('patient/not-sure', page);
  await patient.press('Continue');
  await patient.reads('There is a problem');
  await see('patient/not-sure.unanswered', page);
  await patient.choose('None of these');
  await patient.press('Continue');
  await patient.sees('Get a PKB record');
  await see('patient/no-record', page);
  for (const [title, name] of [
    ['Use NHS login', 'nhs-login'],
    ['Use the NHS App', 'nhs-app'],
    ['Use your invitation letter or text message', 'codes'],
    ['Use your invitation email', 'email'],
    ['Ask your care team', 'team'],
  ] as const) {
    await patient.press(title);
    await patient.sees(title);
    await see(`patient/way.${name}`, page);
    await patient.press('See the other ways');
    await patient.sees('Get a PKB record');
  }
  await patient.open('/pkb/not-sure');
  await patient.choose('I have logged in to Patients Know Best before');
  await patient.press('Continue');
  await patient.sees('You have a PKB record');
  await see('patient/way.login', page);
  await patient.open('/pkb/history');
  await patient.sees('What happened to your connection');
  await see('patient/history.empty', page);
}

/** As Instagram's own browser names itself. */
export const INSTAGRAM_ON_ANDROID =
  'Mozilla/5.0 (Linux; Android 15; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0 Mobile Safari/537.36 Instagram 360.0';

async function insideAnotherApp(patient: Patient, see: See): Promise<void> {
  await patient.register('Wren');
  await patient.open('/pkb/start');
  await patient.sees('Open this page in your browser');
  await see('patient/open-in-browser', patient.page);
}

async function fromStartToConnected(patient: Patient, ridgeway: Ridgeway, see: See): Promise<void> {
  const { page } = patient;
  const amara = ridgeway.person('Amara');
  await patient.open('/');
  await patient.sees('Hello, Robin');
  await see('ridgeway/home', page);
  await patient.press('Connect your PKB record');
  await patient.sees('Connect your PKB record');
  await see('patient/start', page);
  await patient.context.clearCookies({ name: 'pkb-link' });
  await patient.press('Continue to Patients Know Best');
  await patient.sees('Your browser did not keep our cookie');
  await see('patient/cookies', page);
  await grant(patient, amara);
  await see('patient/confirm', page);
  await patient.open('/');
  await patient.sees('Hello, Robin');
  await see('ridgeway/home.proposed', page);
  await patient.press('Check your record');
  await patient.sees('Is this your record?');
  await patient.press('No, this is not my record');
  await patient.sees('That record is not connected');
  await see('patient/declined', page);
  await grant(patient, ridgeway.person('Maximiliana-Éloïse'));
  await see('patient/confirm.long-name', page);
  await connect(patient, amara);
  await see('patient/connected', page);
  await patient.open('/pkb/start');
  await patient.sees('Your record is already connected');
  await see('patient/already-connected', page);
  await patient.open('/pkb/connected');
  await patient.press('Continue');
  await patient.sees('Hello, Robin');
  await see('ridgeway/home.active', page);
  await patient.press('See your connection');
  await patient.sees('Your connection to PKB');
  await see('patient/connection.new', page);
  // The access token is over: reading the record again is a use that is noted.
  ridgeway.wait(31);
  await page.reload();
  await patient.reads('Last used');
  await see('patient/connection.active', page);
}

async function lookingAfterTheConnection(patient: Patient, ridgeway: Ridgeway, see: See): Promise<void> {
  const { page } = patient;
  const { simulator } = ridgeway;
  const thomas = ridgeway.person('Thomas');
  await connect(patient, thomas);
  simulator.next('patient', { status: 503 });
  await patient.open('/pkb');
  await patient.reads('We cannot show your details now');
  await see('patient/connection.without-details', page, () => simulator.next('patient', { status: 503 }));

  simulator.admin.freeze(thomas.publicId, true);
  await patient.open('/pkb');
  await patient.sees('Your connection to PKB is paused');
  await see('patient/connection.suspended', page);
  await patient.open('/');
  await patient.sees('Hello, Sam');
  await see('ridgeway/home.suspended', page);
  simulator.admin.freeze(thomas.publicId, false);

  simulator.admin.endSession(thomas, 'expired');
  await patient.open('/pkb');
  await patient.sees('Connect your PKB record again');
  await see('patient/connection.reauthorization-required', page);
  await patient.open('/');
  await patient.sees('Hello, Sam');
  await see('ridgeway/home.reauthorization-required', page);

  // An API session shorter than an access token: PKB sends no refresh token.
  simulator.addClient({
    clientId: 'ridgeway-health',
    owner: 'Ridgeway Health Ltd',
    product: 'Ridgeway Health',
    redirectUris: [`${ridgeway.url}/pkb/callback`],
    sessionSeconds: 1000,
  });
  await goToPkb(patient);
  await logInAtPkb(patient, thomas);
  await patient.press('Approve');
  await patient.reads(/PKB will end our access around/);
  await see('patient/connection.ending', page);

  await patient.press('See what happened');
  await patient.sees('What happened to your connection');
  await see('patient/history', page);
  await patient.press('Go to your connection');
  await patient.press('Disconnect your PKB record');
  await patient.sees('Disconnect your PKB record?');
  await see('patient/disconnect', page);
  await patient.press('Yes, disconnect');
  await patient.sees('Your PKB record is disconnected');
  await see('patient/disconnected', page);
}

async function whenPkbIsSlowOrAway(patient: Patient, ridgeway: Ridgeway, see: See): Promise<void> {
  const { page } = patient;
  const { simulator } = ridgeway;
  simulator.next('purview', { status: 503 });
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Nadia'));
  await patient.press('Approve');
  await patient.sees('PKB is not answering');
  await see('patient/problem.place-kept', page, () => simulator.next('purview', { status: 503 }));

  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Nadia'));
  // Longer than this tour looks at the page, which waits a little by itself each time.
  simulator.next('token', { delayMs: 14_000 });
  const finish = page.waitForRequest((request) => new URL(request.url()).pathname === '/pkb/finish');
  patient.press('Approve').catch(() => {});
  await patient.open((await finish).url());
  await patient.sees('One moment');
  await see('patient/one-moment', page);
}

async function whatGoesWrong(patient: Patient, ridgeway: Ridgeway, see: See): Promise<void> {
  const { page } = patient;
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Ruth'));
  await patient.press('Deny');
  await patient.sees('You are not connected');
  await see('patient/problem.access-denied', page);
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Amara'));
  await patient.press('Approve');
  await patient.sees('This record is connected already');
  await see('patient/problem.linked-to-another-account', page);
  await patient.open('/pkb/finish');
  await patient.sees('We could not read that request');
  await see('patient/problem.bad-input', page);
  await patient.open('/pkb/nowhere');
  await patient.sees('Page not found');
  await see('patient/not-found', page);
}

/** Each works only once, and is completed by the clinic's own back end. */
async function onHostedPages(patient: Patient, clinic: Clinic, see: See): Promise<void> {
  const { page } = patient;
  const address = await clinic.arrange('lee');
  await patient.open(address);
  await patient.sees('Connect your PKB record');
  await see('hosted/start', page);
  await approve();
  await patient.sees('Is this your record?');
  await see('hosted/confirm', page);

  const { birthDate, nationalIds } = clinic.person('Amara');
  const expected = { birth_date: birthDate, family_name: 'Bell', nhs_number: nationalIds[0]?.value };
  await patient.open(await clinic.arrange('lee', { expected }));
  await approve();
  await patient.reads('Ridgeway cannot check this.');
  await see('hosted/confirm.compared', page);
  await patient.press('Yes, this is my record');
  await patient.reads('Your PKB record: active');

  await patient.open(await clinic.arrange('lee', { page: 'connection' }));
  await patient.sees('Your connection to PKB');
  await see('hosted/connection', page);
  await patient.press('Disconnect your PKB record');
  await patient.press('Yes, disconnect');
  await patient.sees('Your PKB record is disconnected');
  await see('hosted/disconnected', page);

  const { familyName, birthDate: born } = clinic.person('Thomas');
  const another = { expected: { birth_date: born, family_name: familyName } };
  await patient.open(await clinic.arrange('lee', another));
  await approve();
  await patient.sees('The details do not match');
  await see('hosted/problem.demographics-mismatch', page);

  await patient.open(address);
  await patient.sees('This link has been used');
  await see('hosted/problem.link-session-used', page);
  const tomorrow = await clinic.arrange('lee');
  clinic.wait(24 * 60);
  await patient.open(tomorrow);
  await patient.sees('You ran out of time');
  await see('hosted/problem.link-session-expired', page);

  async function approve(): Promise<void> {
    await patient.press('Continue to Patients Know Best');
    await patient.press('Log in as Ms Amara Chidinma Okafor');
    await patient.press('Approve');
  }
}

async function toAHostedPage(patient: Patient, clinic: Clinic, see: See): Promise<void> {
  await patient.open(await clinic.arrange('wren'));
  await patient.sees('Open this page in your browser');
  await see('hosted/open-in-browser', patient.page);
}

/** By their addresses; endings.test.ts walks there. */
async function everyOtherEnding(patient: Patient, visit: Visit): Promise<void> {
  const seen = new Set(['denied', 'otherAccount', 'unreadable', 'detailsDiffer', 'usedLink', 'appTooLate']);
  for (const [code, { text }] of Object.entries(FAILURE_ANSWERS)) {
    if (seen.has(text)) continue;
    seen.add(text);
    for (const language of ['en', 'cy'] as const) {
      await patient.open(`/pkb/problem/${code}?reference=0123abcd&language=${language}`);
      await visit(`patient/problem.${code}`, patient.page, language);
    }
  }
}
