import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeInChromium } from './chromium.ts';
import {
  AT_PKB,
  connect,
  GRANT,
  goToPkb,
  grant,
  logIn,
  logInAtPkb,
  openScene,
  type Patient,
} from './patient.ts';

const OFFER = 'If you have a record at Patients Know Best, you can let us see it.';

describeInChromium('a patient who does not approve', (browser) => {
  it('is told that they are not connected, and can start again', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    await patient.press('Deny');
    await patient.sees('You are not connected');
    assert.match(patient.address(), /^\/pkb\/problem\/access-denied\?reference=[0-9a-f]{8}$/);
    await homeOffers(patient);
    await patient.open('/pkb/problem/access-denied');
    await patient.press('Start again');
    await patient.sees('Connect your PKB record');
    await connect(patient, ridgeway.person('Amara'));
  });

  it('finds everything as it was where PKB does not send them back', async (t) => {
    for (const denyMode of ['no-return', 'error-page', 'redirect-without-state'] as const) {
      const { ridgeway, patient } = await openScene(t, browser());
      ridgeway.simulator.toggles.denyMode = denyMode;
      await patient.register();
      await goToPkb(patient);
      await logInAtPkb(patient, ridgeway.person('Amara'));
      await patient.press('Deny');
      await patient.sees(
        {
          'no-return': 'You denied access',
          'error-page': 'Access denied',
          'redirect-without-state': 'You are not connected',
        }[denyMode],
      );
      await homeOffers(patient);
      await connect(patient, ridgeway.person('Amara'));
    }
  });
});

describeInChromium('the way back from PKB', (browser) => {
  it('does not lead on in another browser, and still does in the right one', async (t) => {
    const { ridgeway, patient, another } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    const { stopped } = await patient.stopBefore('/pkb/callback');
    await patient.press('Approve');
    const callback = await stopped;

    for (const givenName of ['Alex', undefined]) {
      const other = await another();
      if (givenName !== undefined) await other.register(givenName);
      await other.open(callback);
      await other.sees('You came back in a different browser');
      await other.press('Start again');
      await other.sees(givenName === undefined ? 'Log in' : 'Connect your PKB record');
    }
    await patient.open(callback);
    await patient.sees('Is this your record?');
  });

  it('connects nothing where another account has logged in meanwhile', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    const tab = await patient.newTab();
    await tab.open('/');
    await tab.press('Log out');
    await tab.sees('Look after your health, one day at a time');
    await tab.register('Alex');

    await logInAtPkb(patient, ridgeway.person('Amara'));
    await patient.press('Approve');
    await patient.sees('You are logged in with a different account');
    await tab.open('/');
    await tab.reads(OFFER);
    await tab.press('Log out');
    await tab.sees('Look after your health, one day at a time');
    await tab.open('/log-in');
    await logIn(tab);
    await tab.sees('Hello, Robin');
    await tab.reads(OFFER);
    assert.equal(ridgeway.simulator.received('token').length, 0);
  });

  it('leads on after logging in, where the patient was logged out meanwhile', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    await loggedOut(patient);
    await patient.press('Approve');
    await patient.sees('Log in');
    assert.equal(ridgeway.simulator.received('token').length, 0);
    await logIn(patient);
    await patient.sees('Is this your record?');

    await loggedOut(patient);
    await patient.press('Yes, this is my record');
    await patient.sees('Log in');
    await logIn(patient);
    await patient.sees('Is this your record?');
    await patient.press('Yes, this is my record');
    await patient.sees('Your record is connected');
  });

  it('does not let somebody finish who logs in with another account on the way', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    await loggedOut(patient);
    await patient.press('Approve');
    await patient.sees('Log in');
    await patient.press('Register');
    await patient.sees('Register');
    await patient.type('First name', 'Alex');
    await patient.type('Email address', 'alex@example.com');
    await patient.type('Password', 'three other words');
    await patient.press('Register');
    await patient.sees('You are logged in with a different account');
    await homeOffers(patient, 'Alex');
    assert.equal(ridgeway.simulator.received('token').length, 0);
  });

  it('is found again from the home page, where the tab was closed at PKB or before the answer', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    const second = await patient.newTab();
    await patient.page.close();
    await second.open('/');
    await second.press('Connect your PKB record');
    await grant(second, ridgeway.person('Amara'));
    const third = await second.newTab();
    await second.page.close();
    await third.open('/');
    await third.press('Check your record');
    await third.press('Yes, this is my record');
    await third.sees('Your record is connected');
  });

  it('says what to do where the browser has not kept our cookie', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    await patient.context.clearCookies({ name: 'pkb-link' });
    await patient.press('Approve');
    await patient.sees('You came back in a different browser');
    await patient.reads(/with cookies on/);
    await patient.press('Start again');
    await patient.sees('Connect your PKB record');
    await connect(patient, ridgeway.person('Amara'));
  });
});

describeInChromium('a patient who takes too long', (browser) => {
  it('at PKB is asked to start again, and nothing was asked of PKB', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    ridgeway.wait(59);
    await patient.page.reload();
    await logInAtPkb(patient, ridgeway.person('Amara'));
    ridgeway.wait(2);
    await patient.press('Approve');
    await patient.sees('You ran out of time');
    assert.equal(ridgeway.simulator.received('token').length, 0);
    await patient.press('Start again');
    await patient.sees('Connect your PKB record');
    await connect(patient, ridgeway.person('Amara'));
  });

  it('to say whose record it is is asked to start again, and nothing is connected', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await grant(patient, ridgeway.person('Amara'));
    ridgeway.wait(61);
    await patient.press('Yes, this is my record');
    await patient.sees('You ran out of time');
    await homeOffers(patient);
    await connect(patient, ridgeway.person('Amara'));
  });
});

describeInChromium('a patient without a record', (browser) => {
  it('reads how to get one and goes on from there when they have it', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await patient.open('/pkb/start');
    await patient.press('I do not have a PKB record');
    await patient.sees('Get a PKB record');
    // Days later, on the same page.
    ridgeway.wait(3 * 24 * 60);
    await patient.press('I have a record now: continue');
    await patient.sees('Connect your PKB record');
    await connect(patient, ridgeway.person('Amara'));
  });

  it('can read it without an account', async (t) => {
    const { patient } = await openScene(t, browser());
    await patient.open('/pkb/no-record');
    await patient.sees('Get a PKB record');
    await patient.press('I have a record now: continue');
    await patient.sees('Log in');
  });
});

describeInChromium('a professional who logs in at PKB', (browser) => {
  it('is kept by PKB, and nothing has changed here', async (t) => {
    const { patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await patient.press('Log in as Dr Imogen Castellane');
    await patient.sees('This account cannot be used here');
    await homeOffers(patient);
  });

  it('is sent back by PKB, and told that nothing is connected', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    ridgeway.simulator.toggles.wrongUserType = 'redirect-error';
    await patient.register();
    await goToPkb(patient);
    await patient.press('Log in as Dr Imogen Castellane');
    await patient.sees('You are not connected');
  });

  it('gets tokens from PKB, and is told that the login has no patient record', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    ridgeway.simulator.toggles.wrongUserType = 'issue-tokens';
    await patient.register();
    await goToPkb(patient);
    await patient.press('Log in as Dr Imogen Castellane');
    await patient.sees(GRANT);
    await patient.press('Approve');
    await patient.sees('That PKB login has no patient record');
    await patient.page.reload();
    await patient.sees('That PKB login has no patient record');
    await homeOffers(patient);
    await patient.open('/pkb/start');
    await connect(patient, ridgeway.person('Amara'));
  });
});

describeInChromium('a record that is not free', (browser) => {
  it('is not given to a second account', async (t) => {
    const { ridgeway, patient, another } = await openScene(t, browser());
    const amara = ridgeway.person('Amara');
    const other = await another();
    await patient.register();
    await other.register('Alex');
    await grant(other, amara);
    await connect(patient, amara);

    // Alex was shown the record before it was taken.
    await other.press('Yes, this is my record');
    await other.sees('This record is connected already');
    await goToPkb(other);
    await logInAtPkb(other, amara);
    await other.press('Approve');
    await other.sees('This record is connected already');
    await homeOffers(other, 'Alex');
    await patient.open('/pkb');
    await patient.sees('Your connection to PKB');
    await patient.reads('Ms Amara Chidinma Okafor');
  });

  it('is free again once its account has disconnected', async (t) => {
    const { ridgeway, patient, another } = await openScene(t, browser());
    const amara = ridgeway.person('Amara');
    await patient.register();
    await connect(patient, amara);
    await patient.open('/pkb/disconnect');
    await patient.press('Yes, disconnect');
    await patient.sees('Your PKB record is disconnected');
    const other = await another();
    await other.register('Alex');
    await connect(other, amara);
  });
});

describeInChromium('another record than the one that is connected', (browser) => {
  it('does not take its place', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await connect(patient, ridgeway.person('Amara'));
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Thomas'));
    await patient.press('Approve');
    await patient.sees('This is not the record you connected before');
    await patient.open('/pkb');
    await patient.sees('Your connection to PKB');
    await patient.reads('Ms Amara Chidinma Okafor');
  });

  it('does not take its place either after PKB has ended the access, and the right one does', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    const amara = ridgeway.person('Amara');
    await patient.register();
    await connect(patient, amara);
    ridgeway.simulator.admin.endSession(amara, 'invalid');
    await patient.open('/pkb');
    await patient.sees('Connect your PKB record again');
    await patient.press('Connect again');
    await patient.press('Continue to Patients Know Best');
    await patient.sees(AT_PKB);
    await logInAtPkb(patient, ridgeway.person('Thomas'));
    await patient.press('Approve');
    await patient.sees('This is not the record you connected before');

    await goToPkb(patient);
    await logInAtPkb(patient, amara);
    await patient.press('Approve');
    // No question this time: it is the record that the patient has said yes to.
    await patient.sees('Your connection to PKB');
    await patient.reads('Ms Amara Chidinma Okafor');
  });
});

async function homeOffers(patient: Patient, givenName = 'Robin'): Promise<void> {
  await patient.open('/');
  await patient.sees(`Hello, ${givenName}`);
  await patient.reads(OFFER);
}

/** As when the account's session has ended while the patient was away. */
async function loggedOut(patient: Patient): Promise<void> {
  await patient.context.clearCookies({ name: /^ridgeway/ });
}
