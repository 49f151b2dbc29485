import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Response } from 'playwright-core';
import type { FailureCode } from '../../src/errors.ts';
import { FAILURE_ANSWERS } from '../../src/http/failure-answers.ts';
import { TEXTS } from '../../src/pages/texts.ts';
import { describeInChromium } from './chromium.ts';
import { type Clinic, openClinic } from './clinic.ts';
import {
  AT_PKB,
  connect,
  GRANT,
  goToPkb,
  grant,
  logInAtPkb,
  newPatient,
  openScene,
  type Patient,
  type Scene,
} from './patient.ts';
import type { RidgewayOptions } from './ridgeway.ts';

interface Ending {
  /** How a patient comes to it. */
  readonly walk: (scene: Scene) => Promise<void>;
  /** The heading that the one next step leads to. */
  readonly leadsTo: string;
  readonly options?: RidgewayOptions;
}

const START = 'Connect your PKB record';
const HOME = 'Hello, Robin';
const CONFIRM = 'Is this your record?';

/** In pages that the app embeds. */
const EMBEDDED: Partial<Record<FailureCode, Ending>> = {
  'access-denied': {
    walk: async (scene) => {
      await toApprove(scene);
      await scene.patient.press('Deny');
    },
    leadsTo: START,
  },
  'state-unknown': {
    walk: async (scene) => {
      scene.ridgeway.simulator.toggles.stateEcho = 'truncated';
      await approve(scene);
    },
    leadsTo: START,
  },
  'state-used': {
    walk: async (scene) => {
      const { patient } = scene;
      await approve(scene);
      await patient.sees(CONFIRM);
      await patient.backTo('response_type=code');
      await patient.sees(AT_PKB);
      await logInAtPkb(patient, scene.ridgeway.person('Amara'));
      await patient.press('Approve');
    },
    leadsTo: CONFIRM,
  },
  'state-expired': {
    walk: async (scene) => {
      const { ridgeway, patient } = scene;
      await patient.register();
      await goToPkb(patient);
      ridgeway.wait(59);
      await patient.page.reload();
      await logInAtPkb(patient, ridgeway.person('Amara'));
      ridgeway.wait(2);
      await patient.press('Approve');
    },
    leadsTo: START,
  },
  'proposal-expired': {
    walk: async ({ ridgeway, patient }) => {
      await patient.register();
      await grant(patient, ridgeway.person('Amara'));
      ridgeway.wait(61);
      await patient.press('Yes, this is my record');
    },
    leadsTo: START,
  },
  'different-browser': {
    walk: async (scene) => {
      const { patient } = scene;
      await toApprove(scene);
      await patient.context.clearCookies({ name: 'pkb-link' });
      await patient.press('Approve');
    },
    leadsTo: START,
  },
  'different-account': {
    walk: async (scene) => {
      const { patient } = scene;
      await toApprove(scene);
      const tab = await patient.newTab();
      await tab.open('/');
      await tab.press('Log out');
      await tab.sees('Look after your health, one day at a time');
      await tab.register('Alex');
      await patient.press('Approve');
    },
    leadsTo: START,
  },
  'code-rejected': {
    walk: async (scene) => {
      const { ridgeway, patient } = scene;
      await toApprove(scene);
      // A phone that sleeps on the way back, for longer than the code lives.
      const { stopped } = await patient.stopBefore('/pkb/callback');
      await patient.press('Approve');
      const callback = await stopped;
      ridgeway.wait(5);
      await patient.open(callback);
    },
    leadsTo: START,
  },
  'exchange-interrupted': pkbSays('token', { body: '<h1>Sorry</h1>' }, START),
  'unknown-authorization': {
    walk: async ({ patient }) => {
      await patient.register();
      // As it stands in the history of a browser, weeks later.
      await patient.open('/pkb/finish?authorization=0b9c2c36-6d55-4b0f-9a5e-0a5a0b3f6a11');
    },
    leadsTo: START,
  },
  'bad-input': {
    walk: async (scene) => {
      scene.ridgeway.simulator.toggles.stateEcho = 'dropped';
      await approve(scene);
    },
    leadsTo: START,
  },
  'unknown-link': {
    walk: async ({ ridgeway, patient }) => {
      await patient.register();
      const tab = await patient.newTab();
      await grant(patient, ridgeway.person('Amara'));
      await grant(tab, ridgeway.person('Thomas'));
      await patient.press('Yes, this is my record');
    },
    leadsTo: CONFIRM,
  },

  'not-a-patient': {
    walk: async ({ ridgeway, patient }) => {
      ridgeway.simulator.toggles.wrongUserType = 'issue-tokens';
      await patient.register();
      await goToPkb(patient);
      await patient.press('Log in as Dr Imogen Castellane');
      await patient.sees(GRANT);
      await patient.press('Approve');
    },
    leadsTo: START,
  },
  'user-type-not-permitted': pkbSays('purview', { status: 403, body: outcome('USER_TYPE_NOT_PERM') }, START),
  'access-frozen': {
    walk: (scene) => approve(scene, 'Callum'),
    leadsTo: START,
  },
  'access-refused': pkbSays('purview', { status: 403, body: outcome('SHARING_DISABLED') }, START),
  'linked-to-another-account': {
    walk: async (scene) => {
      const other = await scene.another();
      await other.register('Alex');
      await connect(other, scene.ridgeway.person('Amara'));
      await approve(scene);
    },
    leadsTo: HOME,
  },
  'different-patient': {
    walk: async ({ ridgeway, patient }) => {
      await patient.register();
      await connect(patient, ridgeway.person('Amara'));
      await goToPkb(patient);
      await logInAtPkb(patient, ridgeway.person('Thomas'));
      await patient.press('Approve');
    },
    leadsTo: HOME,
  },
  'demographics-mismatch': {
    options: { expected: async () => ({ familyName: 'Whitfield', birthDate: '1957-11-02' }) },
    walk: approve,
    leadsTo: HOME,
  },

  'api-session-expired': grantEnded(({ simulator, amara }) => simulator.admin.endSession(amara, 'expired')),
  'api-session-invalid': grantEnded(({ simulator, amara }) => simulator.admin.endSession(amara, 'invalid')),
  'refresh-token-rejected': grantEnded(({ simulator, amara }) => simulator.admin.revokeSilently(amara), 31),
  'no-refresh-token': {
    walk: async (scene) => {
      scene.ridgeway.simulator.toggles.firstRefreshToken = 'omitted';
      await whileAsked(scene, () => {}, 31);
    },
    leadsTo: START,
  },

  network: pkbSays('purview', { drop: 'before-acting' }, CONFIRM),
  timeout: {
    ...pkbSays('purview', { delayMs: 8000 }, CONFIRM),
    options: { env: { PKB_TIMEOUT_MS: '3000' } },
  },
  'server-error': pkbSays('purview', { status: 503 }, CONFIRM),
  'rate-limited': pkbSays('token', { status: 429, headers: { 'retry-after': '1' } }, CONFIRM),
  'unexpected-response': pkbSays('purview', { body: '<h1>Sorry</h1>' }, CONFIRM),
  'store-unavailable': {
    walk: async ({ ridgeway, patient }) => {
      await patient.register();
      await grant(patient, ridgeway.person('Amara'));
      const release = ridgeway.keepFromWriting();
      await patient.press('Yes, this is my record');
      await patient.sees('This service is not answering');
      release();
    },
    leadsTo: CONFIRM,
  },

  'invalid-client': {
    walk: async (scene) => {
      const { ridgeway, patient } = scene;
      await toApprove(scene);
      ridgeway.simulator.addClient({
        clientId: 'ridgeway-health',
        owner: 'Ridgeway Health Ltd',
        product: 'Ridgeway Health',
        redirectUris: [`${ridgeway.url}/pkb/callback`],
        auth: 'post',
        secret: 'another than we have',
      });
      await patient.press('Approve');
    },
    leadsTo: HOME,
  },
  'redirect-uri-not-registered': pkbSays(
    'token',
    { status: 400, body: { error: 'redirect_uri_mismatch' } },
    HOME,
  ),
  'bad-configuration': pkbSays('token', { status: 404, body: '<h1>Not found</h1>' }, HOME),
  'authorization-request-rejected': {
    walk: async ({ ridgeway, patient }) => {
      await patient.register();
      const location = `${ridgeway.url}/pkb/callback?error=invalid_scope`;
      ridgeway.simulator.next('authorize', { status: 303, headers: { location } });
      await patient.open('/pkb/start');
      await patient.press('Continue to Patients Know Best');
    },
    leadsTo: HOME,
  },
};

/** On pages that the service hosts. Their next step leads to the app, which is one line. */
const HOSTED: Partial<Record<FailureCode, (patient: Patient, clinic: Clinic) => Promise<void>>> = {
  'unknown-link-session': async (patient, clinic) => {
    await patient.open(`${await clinic.arrange('robin')}-and-what-an-email-made-of-it`);
  },
  'link-session-expired': async (patient, clinic) => {
    const address = await clinic.arrange('robin');
    clinic.wait(61);
    await patient.open(address);
  },
  'link-session-used': async (patient, clinic) => {
    const address = await clinic.arrange('robin');
    await patient.open(address);
    await approveHosted(patient);
    await patient.sees(CONFIRM);
    await patient.open(address);
  },
  'wrong-completion': async (patient, clinic) => {
    await patient.open(await clinic.arrange('robin'));
    const { stopped } = await patient.stopBefore('/linked');
    await approveHosted(patient);
    await patient.open((await stopped).slice(0, -1));
  },
};

/** No test walks there, and why. */
const NOT_WALKED: Partial<Record<FailureCode, string>> = {
  'not-found': 'an answer to a call of the FHIR client, which no page makes',
  'refused-by-pkb': 'an answer to a call of the FHIR client, which no page makes',
  'return-to-not-allowed': 'no page takes a return address from a browser: it is the back end that names one',
  'no-encryption-key': 'nothing starts without a key',
  'store-unusable': 'nothing starts with a database that is not ours',
  'grants-ending':
    'takes twenty grants that end within ten minutes; the page is that of server-error, and test/failure/grants-ending.test.ts ends so many',
  'refresh-not-saved':
    'needs the database and the disk beside it to fail in the same moment, after PKB answered',
  'seal-unreadable': 'needs a row that somebody has changed in the database by hand',
  'audit-trail-broken': 'is told on the command line only, to whoever verifies the trail',
  unforeseen: 'whatever nobody foresaw: a fault of ours that is known is mended',
};

describe('every failure', () => {
  it('is walked to in a browser, or it is known why not', () => {
    const codes = [EMBEDDED, HOSTED, NOT_WALKED].flatMap((table) => Object.keys(table));
    assert.deepEqual(codes.sort(), Object.keys(FAILURE_ANSWERS).sort());
  });
});

describeInChromium('a patient comes to the page of', (browser) => {
  for (const [code, { walk, leadsTo, options }] of Object.entries(EMBEDDED)) {
    it(`${code}, and from there to "${leadsTo}"`, async (t) => {
      const scene = await openScene(t, browser(), options);
      const { patient, ridgeway } = scene;
      const page = answersAt(patient);
      await walk(scene);
      await isEnding(patient, code as FailureCode, page, ridgeway.reported);
      await nextStep(patient).click();
      await patient.sees(leadsTo);
    });
  }

  for (const [code, walk] of Object.entries(HOSTED)) {
    it(`${code}, and from there to the app`, async (t) => {
      const clinic = await openClinic();
      const patient = await newPatient(browser(), clinic);
      t.after(async () => {
        await patient.context.close();
        await clinic.close();
      });
      await patient.register();
      const page = answersAt(patient);
      await walk(patient, clinic);
      await isEnding(patient, code as FailureCode, page, clinic.reported);
      await nextStep(patient).click();
      await patient.reads('Hello robin.');
    });
  }
});

/** The status of the page in front of the patient. */
function answersAt({ page }: Patient): () => number | undefined {
  let latest: Response | undefined;
  page.on('response', (response) => {
    if (response.request().isNavigationRequest()) latest = response;
  });
  return () => latest?.status();
}

async function isEnding(
  patient: Patient,
  code: FailureCode,
  status: () => number | undefined,
  reported: (reference: string) => string | undefined,
): Promise<void> {
  const answer = FAILURE_ANSWERS[code];
  const { title, happened } = TEXTS.en.failures[answer.text];
  await patient.sees(title);
  await patient.reads(happened);
  assert.match(await patient.page.title(), new RegExp(`^Error: ${title} - Ridgeway`));
  assert.equal(status(), answer.status);
  assert.equal(await nextStep(patient).count(), 1);
  const told = await patient.page.locator('.reference').textContent();
  const [reference = ''] = /[0-9a-f]{8}/.exec(told ?? '') ?? [];
  assert.equal(reported(reference), code, `the log about ${reference}`);
}

function nextStep({ page }: Patient) {
  return page.locator('main .actions a, main .actions button');
}

/** To PKB's question, logged in there. */
async function toApprove({ patient, ridgeway }: Scene, givenName = 'Amara'): Promise<void> {
  await patient.register();
  await goToPkb(patient);
  await logInAtPkb(patient, ridgeway.person(givenName));
}

async function approve(scene: Scene, givenName?: string): Promise<void> {
  await toApprove(scene, givenName);
  await scene.patient.press('Approve');
}

async function approveHosted(patient: Patient): Promise<void> {
  await patient.press('Continue to Patients Know Best');
  await patient.press('Log in as Ms Amara Chidinma Okafor');
  await patient.press('Approve');
}

type Script = Scene['ridgeway']['simulator']['next'];

/** PKB answers so, once, while we finish. */
function pkbSays(endpoint: Parameters<Script>[0], answer: Parameters<Script>[1], leadsTo: string): Ending {
  return {
    walk: async (scene) => {
      scene.ridgeway.simulator.next(endpoint, answer);
      await approve(scene);
    },
    leadsTo,
  };
}

/** What PKB's FHIR server says with a response code. */
function outcome(code: string): object {
  const issue = [{ severity: 'error', code: 'forbidden', details: { coding: [{ code }] } }];
  return { resourceType: 'OperationOutcome', issue };
}

type Grant = { simulator: Scene['ridgeway']['simulator']; amara: ReturnType<Scene['ridgeway']['person']> };

/** The grant ends while the patient is asked whose record it is; they look at the page again some minutes later. */
async function whileAsked({ ridgeway, patient }: Scene, end: (granted: Grant) => void, minutes: number) {
  await patient.register();
  await grant(patient, ridgeway.person('Amara'));
  end({ simulator: ridgeway.simulator, amara: ridgeway.person('Amara') });
  ridgeway.wait(minutes);
  await patient.page.reload();
}

function grantEnded(end: (granted: Grant) => void, minutes = 0): Ending {
  return { walk: (scene) => whileAsked(scene, end, minutes), leadsTo: START };
}
