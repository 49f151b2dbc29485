import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeInChromium } from './chromium.ts';
import { connect, goToPkb, logInAtPkb, openScene } from './patient.ts';

describeInChromium('PKB away', (browser) => {
  it('before its own pages, where it says so, leads to the start again', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    const location = `${ridgeway.url}/pkb/callback?error=temporarily_unavailable`;
    ridgeway.simulator.next('authorize', { status: 303, headers: { location } });
    await patient.open('/pkb/start');
    await patient.press('Continue to Patients Know Best');
    await patient.sees('PKB is not answering');
    await patient.reads('Nothing was changed, and nothing is lost.');
    await patient.press('Try again');
    await patient.sees('Connect your PKB record');
    await connect(patient, ridgeway.person('Amara'));
  });

  it('when we ask whose record it is keeps the place, and "Try again" goes on without PKB being asked for tokens again', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    const { simulator } = ridgeway;
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    simulator.next('purview', { status: 503 });
    await patient.press('Approve');
    await patient.sees('PKB is not answering');
    await patient.reads('We have kept your place. You do not need to log in to PKB again.');
    await patient.press('Try again');
    await patient.sees('Is this your record?');
    assert.equal(simulator.received('token').length, 1);
  });

  it('while the record is shown keeps the place, and "Try again" shows it', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    ridgeway.simulator.next('patient', { drop: 'before-acting' });
    await patient.press('Approve');
    await patient.sees('PKB is not answering');
    await patient.press('Try again');
    await patient.sees('Is this your record?');
    await patient.reads('Ms Amara Chidinma Okafor');
  });

  it('at the last step of the grant asks to start again, once', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Amara'));
    ridgeway.simulator.next('token', { drop: 'after-acting' });
    await patient.press('Approve');
    await patient.sees('The last step was interrupted');
    await patient.page.reload();
    await patient.sees('The last step was interrupted');
    assert.equal(ridgeway.simulator.received('token').length, 1);
    await patient.press('Start again');
    await patient.sees('Connect your PKB record');
    await connect(patient, ridgeway.person('Amara'));
  });

  it('leaves the connection and says so, on its page and after connecting', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    const { simulator } = ridgeway;
    await patient.register();
    await connect(patient, ridgeway.person('Amara'));
    for (const answer of [{ status: 503 }, { drop: 'before-acting' }, { body: '<h1>Sorry</h1>' }] as const) {
      simulator.next('patient', answer);
      await patient.open('/pkb');
      await patient.sees('Your connection to PKB');
      await patient.reads('We cannot show your details now');
      await patient.reads(/Your record is still connected/);
    }
    simulator.next('patient', { status: 503 });
    await patient.open('/pkb/connected');
    await patient.sees('Your record is connected');
    await patient.reads('We cannot show your details right now.');
    await patient.open('/pkb');
    await patient.reads('Ms Amara Chidinma Okafor');
  });
});

describeInChromium('access that PKB has frozen', (browser) => {
  it('before connecting connects nothing and does not say why', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await goToPkb(patient);
    await logInAtPkb(patient, ridgeway.person('Callum'));
    await patient.press('Approve');
    await patient.sees('We cannot see your PKB record for now');
    assert.equal(await patient.page.getByText(/froz|freez/i).count(), 0);
    await patient.press('Go to your connection');
    await patient.sees('Connect your PKB record');
  });

  it('pauses the connection, and it is there again afterwards by itself', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    const amara = ridgeway.person('Amara');
    await patient.register();
    await connect(patient, amara);
    ridgeway.simulator.admin.freeze(amara.publicId, true);
    await patient.open('/pkb');
    await patient.sees('Your connection to PKB is paused');
    assert.equal(await patient.page.getByText(/froz|freez/i).count(), 0);
    await patient.press('Go to Ridgeway Health');
    await patient.reads('We cannot see your PKB record now');
    ridgeway.simulator.admin.freeze(amara.publicId, false);
    await patient.press('See your connection');
    await patient.sees('Your connection to PKB');
    await patient.reads('Ms Amara Chidinma Okafor');
  });
});

describeInChromium('access that PKB has ended', (browser) => {
  it('is asked for again on the home page and the page of the connection, and has the same record then', async (t) => {
    for (const how of ['expired', 'invalid'] as const) {
      const { ridgeway, patient } = await openScene(t, browser());
      const amara = ridgeway.person('Amara');
      await patient.register();
      await connect(patient, amara);
      ridgeway.simulator.admin.endSession(amara, how);
      await patient.open('/pkb');
      await patient.sees('Connect your PKB record again');
      await patient.open('/');
      await patient.press('Connect again');
      await patient.sees('Connect your PKB record again');
      await patient.press('Connect again');
      await patient.sees('Connect your PKB record');
      await goToPkb(patient);
      await logInAtPkb(patient, amara);
      await patient.press('Approve');
      await patient.sees('Your connection to PKB');
      await patient.open('/');
      await patient.reads('Your PKB record is connected');
    }
  });

  it('after hours is refreshed without the patient', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await connect(patient, ridgeway.person('Amara'));
    ridgeway.wait(5 * 60);
    await patient.open('/pkb');
    await patient.sees('Your connection to PKB');
    await patient.reads('Ms Amara Chidinma Okafor');
    assert.equal(ridgeway.simulator.received('token').length, 2);
  });
});
