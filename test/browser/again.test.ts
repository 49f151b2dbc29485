import assert from 'node:assert/strict';
import { it } from 'node:test';
import { simulatorPassword } from 'pkb-link/simulator';
import { describeInChromium } from './chromium.ts';
import {
  AT_PKB,
  connect,
  fillIn,
  GRANT,
  goToPkb,
  grant,
  logInAtPkb,
  openScene,
  PASSWORD,
  type Patient,
} from './patient.ts';
import type { Ridgeway } from './ridgeway.ts';

/** Every button of the story: how to come to it, and what follows. */
const BUTTONS: readonly {
  readonly label: string;
  readonly before: (patient: Patient, ridgeway: Ridgeway) => Promise<void>;
  readonly after: string;
  /** Chromium takes a second click on a link whose answer it waits for as the first one's. */
  readonly link?: true;
}[] = [
  {
    label: 'Register',
    before: async (patient) => {
      await patient.open('/register');
      await fillIn(patient);
    },
    after: 'Hello, Robin',
  },
  {
    label: 'Log in',
    before: async (patient) => {
      await patient.register();
      await patient.context.clearCookies();
      await patient.open('/log-in');
      await patient.type('Email address', 'robin@example.com');
      await patient.type('Password', PASSWORD);
    },
    after: 'Hello, Robin',
  },
  {
    label: 'Continue to Patients Know Best',
    before: async (patient) => {
      await patient.register();
      await patient.open('/pkb/start');
    },
    after: AT_PKB,
  },
  {
    label: 'Log in',
    before: async (patient, ridgeway) => {
      await patient.register();
      await goToPkb(patient);
      await patient.type('E-mail address', ridgeway.person('Amara').email);
      await patient.type('Password', simulatorPassword);
    },
    after: GRANT,
  },
  {
    label: 'Approve',
    before: async (patient, ridgeway) => {
      await patient.register();
      await goToPkb(patient);
      await logInAtPkb(patient, ridgeway.person('Amara'));
    },
    after: 'Is this your record?',
  },
  {
    label: 'Deny',
    before: async (patient, ridgeway) => {
      await patient.register();
      await goToPkb(patient);
      await logInAtPkb(patient, ridgeway.person('Amara'));
    },
    after: 'You are not connected',
  },
  {
    label: 'Try again',
    before: async (patient, ridgeway) => {
      await patient.register();
      await goToPkb(patient);
      await logInAtPkb(patient, ridgeway.person('Amara'));
      ridgeway.simulator.next('purview', { status: 503 });
      await patient.press('Approve');
      await patient.sees('PKB is not answering');
    },
    after: 'Is this your record?',
    link: true,
  },
  {
    label: 'Yes, this is my record',
    before: async (patient, ridgeway) => {
      await patient.register();
      await grant(patient, ridgeway.person('Amara'));
    },
    after: 'Your record is connected',
  },
  {
    label: 'No, this is not my record',
    before: async (patient, ridgeway) => {
      await patient.register();
      await grant(patient, ridgeway.person('Amara'));
    },
    after: 'That record is not connected',
  },
  {
    label: 'Yes, disconnect',
    before: async (patient, ridgeway) => {
      await patient.register();
      await connect(patient, ridgeway.person('Amara'));
      await patient.open('/pkb/disconnect');
    },
    after: 'Your PKB record is disconnected',
  },
  {
    label: 'Log out',
    before: async (patient) => {
      await patient.register();
      await patient.open('/');
    },
    after: 'Look after your health, one day at a time',
  },
];

const TWICE = ['pressTwice', 'pressAgainBeforeTheAnswer'] as const;

describeInChromium('two clicks instead of one', (browser) => {
  for (const { label, before, after, link } of BUTTONS) {
    it(`on "${label}" end in "${after}", however fast or slow they are`, async (t) => {
      for (const twice of link ? (['pressTwice'] as const) : TWICE) {
        await t.test(twice, async (t) => {
          const { ridgeway, patient } = await openScene(t, browser());
          await before(patient, ridgeway);
          await patient[twice](label);
          await patient.sees(after);
        });
      }
    });
  }

  it('on "Approve", the second while we finish, do not undo the first', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    ridgeway.simulator.next('token', { delayMs: 500 });
    const finishing = patient.page.waitForRequest(/\/pkb\/finish/);
    await patient.pressAgainBeforeTheAnswer('Approve', finishing);
    await patient.sees('Is this your record?');
    assert.equal(ridgeway.simulator.received('token').length, 1);
  });
});

describeInChromium('two tabs', (browser) => {
  it('that are both finished end in one connection', async (t) => {
    const { ridgeway, patient: first } = await openScene(t, browser());
    const amara = ridgeway.person('Amara');
    await first.register();
    await goToPkb(first);
    const second = await first.newTab();
    await goToPkb(second);
    for (const tab of [first, second]) {
      await logInAtPkb(tab, amara);
      await tab.press('Approve');
      await tab.sees('Is this your record?');
    }
    for (const tab of [first, second]) {
      await tab.press('Yes, this is my record');
      await tab.sees('Your record is connected');
    }
    await first.open('/pkb');
    await first.sees('Your connection to PKB');
    await first.reads('Ms Amara Chidinma Okafor');
  });

  it('with two records leave the patient with the one that they say yes to', async (t) => {
    const { ridgeway, patient: first } = await openScene(t, browser());
    await first.register();
    const second = await first.newTab();
    await grant(first, ridgeway.person('Amara'));
    await grant(second, ridgeway.person('Thomas'));
    // What the first tab shows is not what would be connected any more.
    await first.press('Yes, this is my record');
    await first.sees('That connection is not there any more');
    await first.press('Go to your connection');
    await first.sees('Is this your record?');
    await first.reads('Mr Thomas Whitfield');
    await second.press('Yes, this is my record');
    await second.sees('Your record is connected');
    await second.reads('Mr Thomas Whitfield');
  });
});

describeInChromium('loading an address again', (browser) => {
  it('of each step on the way back from PKB leads on, before and after the record is connected', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    const { page } = patient;
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    const callback = page.waitForRequest(/\/pkb\/callback/);
    const finish = page.waitForRequest(/\/pkb\/finish/);
    await patient.press('Approve');
    await patient.sees('Is this your record?');
    const addresses = [(await callback).url(), (await finish).url()];
    for (const address of addresses) {
      await patient.open(address);
      await patient.sees('Is this your record?');
      assert.equal(patient.address(), '/pkb/confirm');
    }
    await page.reload();
    await patient.sees('Is this your record?');
    await patient.press('Yes, this is my record');
    await patient.sees('Your record is connected');
    await page.reload();
    await patient.sees('Your record is connected');
    for (const address of addresses) {
      await patient.open(address);
      await patient.sees('Your connection to PKB');
      assert.equal(patient.address(), '/pkb');
    }
    assert.equal(ridgeway.simulator.received('token').length, 1);
  });

  it('of the last step while PKB is slow waits for it, and where it takes long tells the patient', async (t) => {
    for (const delayMs of [1000, 3500]) {
      const { ridgeway, patient } = await openScene(t, browser());
      await patient.register();
      await goToPkb(patient);
      await logInAtPkb(patient, ridgeway.person('Amara'));
      ridgeway.simulator.next('token', { delayMs });
      const finish = patient.page.waitForRequest(/\/pkb\/finish/);
      const approved = patient.press('Approve');
      await patient.open((await finish).url());
      if (delayMs > 2000) {
        await patient.sees('One moment');
        await patient.press('Continue');
      }
      await patient.sees('Is this your record?');
      await approved;
      assert.equal(ridgeway.simulator.received('token').length, 1);
    }
  });

  it('of a question that is answered shows what came of it', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await grant(patient, ridgeway.person('Amara'));
    await patient.press('No, this is not my record');
    await patient.sees('That record is not connected');
    await patient.page.reload();
    await patient.sees('That record is not connected');
    await patient.open('/pkb/confirm');
    await patient.sees('Connect your PKB record');
    await connect(patient, ridgeway.person('Amara'));
    await patient.open('/pkb/declined');
    await patient.sees('Your connection to PKB');
  });
});

describeInChromium('the Back button', (browser) => {
  it('leads to a page that goes on, after every step', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    const { page } = patient;
    const amara = ridgeway.person('Amara');
    await patient.open('/');
    await patient.press('Register');
    await patient.sees('Register');
    await fillIn(patient);
    await patient.press('Register');
    await patient.sees('Hello, Robin');
    await page.goBack();
    await patient.sees('Hello, Robin');

    await goToPkb(patient);
    await page.goBack();
    await patient.sees('Connect your PKB record');
    await patient.press('Continue to Patients Know Best');
    await patient.sees(AT_PKB);

    await logInAtPkb(patient, amara);
    await page.goBack();
    await patient.sees(AT_PKB);
    await logInAtPkb(patient, amara);

    await patient.press('Approve');
    await patient.sees('Is this your record?');
    // Not to the page in between: a form led to it, and a browser asks before it sends that again.
    await patient.backTo('response_type=code');
    await patient.sees(AT_PKB);
    await logInAtPkb(patient, amara);
    await patient.press('Approve');
    await patient.sees('This step is already done');
    await patient.press('Go to your connection');
    await patient.sees('Is this your record?');

    await patient.press('Yes, this is my record');
    await patient.sees('Your record is connected');
    await page.goBack();
    await patient.sees('Your connection to PKB');

    await patient.press('Disconnect your PKB record');
    await patient.press('Yes, disconnect');
    await patient.sees('Your PKB record is disconnected');
    await page.goBack();
    await patient.sees('Connect your PKB record');

    await patient.open('/');
    await patient.press('Log out');
    await patient.sees('Look after your health, one day at a time');
    await page.goBack();
    assert.equal(await page.getByText('Hello, Robin').count(), 0);
  });
});
