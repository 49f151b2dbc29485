/** Every page that a patient can come to, one after the other, each as it really comes about. */

import type { Browser, Page } from 'playwright-core';
import { connect, goToPkb, grant, logIn, logInAtPkb, newPatient, type Patient } from './patient.ts';
import type { Ridgeway } from './ridgeway.ts';

/**
 * Whose page it is (`ridgeway`, `patient` for the patient pages, `pkb` for the simulator), its module or what it is for,
 * and after a dot which of its forms: `patient/connection.suspended`.
 */
export type PageName = `${'ridgeway' | 'patient' | 'pkb'}/${string}`;

export type Visit = (name: PageName, page: Page) => Promise<void>;

/** @param visit may look at the page and change the size of its window, and must leave it otherwise as it is. */
export async function tour(browser: Browser, ridgeway: Ridgeway, visit: Visit): Promise<void> {
  await beforeAnAccount(await stranger(), visit);
  await atPkb(await account('Kit'), ridgeway, visit);
  await fromStartToConnected(await account('Robin'), ridgeway, visit);
  await lookingAfterTheConnection(await account('Sam'), ridgeway, visit);
  await whenPkbIsSlowOrAway(await account('Noor'), ridgeway, visit);
  await whatGoesWrong(await account('Alex'), ridgeway, visit);

  // With script, because the accessibility engine is one.
  function stranger(): Promise<Patient> {
    return newPatient(browser, ridgeway, { javaScriptEnabled: true });
  }

  async function account(givenName: string): Promise<Patient> {
    const patient = await stranger();
    await patient.register(givenName);
    return patient;
  }
}

async function beforeAnAccount(patient: Patient, visit: Visit): Promise<void> {
  const { page } = patient;
  await patient.open('/');
  await patient.sees('Look after your health, one day at a time');
  await visit('ridgeway/welcome', page);
  await patient.press('Register');
  await patient.sees('Register');
  await visit('ridgeway/register', page);
  await patient.press('Register');
  await patient.reads('There is a problem');
  await visit('ridgeway/register.wrong', page);
  await patient.open('/log-in');
  await patient.sees('Log in');
  await visit('ridgeway/log-in', page);
  await logIn(patient, 'Nobody');
  await patient.reads('There is a problem');
  await visit('ridgeway/log-in.wrong', page);
  await patient.open('/nowhere');
  await patient.sees('Page not found');
  await visit('ridgeway/problem.not-found', page);
  await patient.open('/log-in?then=elsewhere');
  await patient.sees('We cannot use this request');
  await visit('ridgeway/problem.bad-request', page);
}

async function atPkb(patient: Patient, ridgeway: Ridgeway, visit: Visit): Promise<void> {
  const { page } = patient;
  const { simulator } = ridgeway;
  await patient.open(simulator.url);
  await patient.sees('A stand-in for Patients Know Best');
  await visit('pkb/start', page);
  await patient.open(`${simulator.url}/apiAuthorize.action`);
  await patient.sees('There is a problem with the link to this page');
  await visit('pkb/problem', page);
  await patient.open(`${simulator.url}/nowhere`);
  await patient.sees('Page not found');
  await visit('pkb/problem.not-found', page);

  await goToPkb(patient);
  await visit('pkb/log-in', page);
  await patient.type('E-mail address', 'nobody@example.com');
  await patient.type('Password', 'wrong');
  await patient.press('Log in');
  await patient.reads('We could not log you in');
  await visit('pkb/log-in.wrong', page);
  await logInAtPkb(patient, ridgeway.person('Amara'));
  await visit('pkb/grant', page);
  ridgeway.wait(31);
  await patient.press('Approve');
  await patient.sees('This page has expired');
  await visit('pkb/problem.expired', page);

  await goToPkb(patient);
  await patient.press('Log in as Dr Imogen Castellane');
  await patient.sees('This account cannot be used here');
  await visit('pkb/problem.professional', page);

  simulator.toggles.denyMode = 'no-return';
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Amara'));
  await patient.press('Deny');
  await patient.sees('You denied access');
  await visit('pkb/end', page);
  simulator.toggles.denyMode = 'redirect';
}

async function fromStartToConnected(patient: Patient, ridgeway: Ridgeway, visit: Visit): Promise<void> {
  const { page } = patient;
  const amara = ridgeway.person('Amara');
  await patient.open('/');
  await patient.sees('Hello, Robin');
  await visit('ridgeway/home', page);
  await patient.press('Connect your PKB record');
  await patient.sees('Connect your PKB record');
  await visit('patient/start', page);
  await patient.press('I do not have a PKB record');
  await patient.sees('Get a PKB record');
  await visit('patient/no-record', page);
  await grant(patient, amara);
  await visit('patient/confirm', page);
  await patient.open('/');
  await patient.sees('Hello, Robin');
  await visit('ridgeway/home.proposed', page);
  await patient.press('Check your record');
  await patient.sees('Is this your record?');
  await patient.press('No, this is not my record');
  await patient.sees('That record is not connected');
  await visit('patient/declined', page);
  await grant(patient, ridgeway.person('Maximiliana-Éloïse'));
  await visit('patient/confirm.long-name', page);
  await connect(patient, amara);
  await visit('patient/connected', page);
  await patient.press('Continue');
  await patient.sees('Hello, Robin');
  await visit('ridgeway/home.active', page);
  await patient.press('See your connection');
  await patient.sees('Your connection to PKB');
  await visit('patient/connection.active', page);
}

async function lookingAfterTheConnection(patient: Patient, ridgeway: Ridgeway, visit: Visit): Promise<void> {
  const { page } = patient;
  const { simulator } = ridgeway;
  const thomas = ridgeway.person('Thomas');
  await connect(patient, thomas);
  simulator.next('patient', { status: 503 });
  await patient.open('/pkb');
  await patient.reads('We cannot show your details now');
  await visit('patient/connection.without-details', page);

  simulator.admin.freeze(thomas.publicId, true);
  await patient.open('/pkb');
  await patient.sees('Your connection to PKB is paused');
  await visit('patient/connection.suspended', page);
  await patient.open('/');
  await patient.sees('Hello, Sam');
  await visit('ridgeway/home.suspended', page);
  simulator.admin.freeze(thomas.publicId, false);

  simulator.admin.endSession(thomas, 'expired');
  await patient.open('/pkb');
  await patient.sees('Connect your PKB record again');
  await visit('patient/connection.reauthorization-required', page);
  await patient.open('/');
  await patient.sees('Hello, Sam');
  await visit('ridgeway/home.reauthorization-required', page);

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
  await patient.reads('PKB will soon end our access');
  await visit('patient/connection.ending', page);

  await patient.press('Disconnect your PKB record');
  await patient.sees('Disconnect your PKB record?');
  await visit('patient/disconnect', page);
  await patient.press('Yes, disconnect');
  await patient.sees('Your PKB record is disconnected');
  await visit('patient/disconnected', page);
}

async function whenPkbIsSlowOrAway(patient: Patient, ridgeway: Ridgeway, visit: Visit): Promise<void> {
  const { page } = patient;
  const { simulator } = ridgeway;
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Nadia'));
  simulator.next('token', { delayMs: 6000 });
  const finish = page.waitForRequest((request) => new URL(request.url()).pathname === '/pkb/finish');
  const approved = patient.press('Approve');
  await patient.open((await finish).url());
  await patient.sees('One moment');
  await visit('patient/one-moment', page);
  await approved;

  simulator.next('purview', { status: 503 });
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Nadia'));
  await patient.press('Approve');
  await patient.sees('PKB is not answering');
  await visit('patient/keep-place', page);
}

async function whatGoesWrong(patient: Patient, ridgeway: Ridgeway, visit: Visit): Promise<void> {
  const { page } = patient;
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Ruth'));
  await patient.press('Deny');
  await patient.sees('You are not connected');
  await visit('patient/problem.access-denied', page);
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person('Amara'));
  await patient.press('Approve');
  await patient.sees('This record is connected already');
  await visit('patient/problem.linked-to-another-account', page);
  await patient.open('/pkb/finish');
  await patient.sees('We could not read that request');
  await visit('patient/problem.bad-input', page);
  await patient.open('/pkb/nowhere');
  await patient.sees('Page not found');
  await visit('patient/not-found', page);
}
