import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeInChromium } from './chromium.ts';
import { connect, logIn, openScene } from './patient.ts';

describeInChromium('a patient who is not sure', (browser) => {
  it('answers one question, with Tab, Space and Enter alone, and reads the way that fits', async (t) => {
    const { patient } = await openScene(t, browser());
    const { keyboard } = patient.page;
    await patient.register();
    await patient.open('/pkb/start');
    await patient.tabTo('I am not sure');
    await keyboard.press('Enter');
    await patient.sees('Find out if you have a PKB record');
    await patient.tabTo('Continue');
    await keyboard.press('Enter');
    await patient.reads('There is a problem');
    // A screen reader begins at the summary; its link leads to the question.
    await patient.page.locator('.error-summary:focus').waitFor();
    await patient.tabTo('Choose the one that fits you best');
    await keyboard.press('Enter');
    await patient.page.locator('#login:target').waitFor();
    await patient.tabTo('I have logged in to Patients Know Best before');
    await keyboard.press('ArrowDown');
    await patient.tabTo('Continue');
    await keyboard.press('Enter');
    await patient.sees('Use your invitation letter or text message');
    assert.equal(patient.address(), '/pkb/ways/codes');
    await patient.tabTo('See the other ways');
    await keyboard.press('Enter');
    await patient.sees('Get a PKB record');
  });

  it('goes on another day, on another device, where the guide said they could', async (t) => {
    const { ridgeway, patient, another } = await openScene(t, browser());
    await patient.register();
    await patient.open('/pkb/not-sure');
    await patient.choose('I have an NHS login');
    await patient.press('Continue');
    await patient.sees('Use NHS login');
    await patient.reads('on any phone or computer');
    ridgeway.wait(2 * 24 * 60);
    const computer = await another();
    await computer.open('/pkb/ways/nhs-login');
    await computer.press('I have a record now: continue');
    await computer.sees('Log in');
    await logIn(computer);
    await computer.sees('Connect your PKB record');
    await connect(computer, ridgeway.person('Amara'));
  });
});

describeInChromium('a start page that was left open', (browser) => {
  it('still leads to PKB hours later, and a day later says what to do', async (t) => {
    const { patient } = await openScene(t, browser());
    await patient.register();
    await patient.open('/pkb/start');
    const [cookie] = (await patient.context.cookies()).filter(({ name }) => name === 'pkb-link');
    const hours = ((cookie?.expires ?? 0) * 1000 - Date.now()) / 3_600_000;
    assert.ok(hours > 23 && hours <= 24, String(hours));
    await patient.context.clearCookies({ name: 'pkb-link' });
    await patient.press('Continue to Patients Know Best');
    await patient.sees('Your browser did not keep our cookie');
    await patient.reads('If this page was open for a long time, just try again.');
    await patient.press('Try again');
    await patient.sees('Connect your PKB record');
  });
});

describeInChromium('a browser that refuses cookies', (browser) => {
  it('is found out before it leaves for PKB', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    for (const _ of [1, 2]) {
      await patient.open('/pkb/start');
      await patient.context.clearCookies({ name: 'pkb-link' });
      await patient.press('Continue to Patients Know Best');
      await patient.sees('Your browser did not keep our cookie');
    }
    await patient.reads(/allow cookies for this site/);
    assert.equal(ridgeway.simulator.received('authorize').length, 0);
  });
});

describeInChromium('a patient whose record is connected', (browser) => {
  it('is told so where they start again, and may connect the same record again', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await connect(patient, ridgeway.person('Amara'));
    await patient.open('/pkb/start');
    await patient.sees('Your record is already connected');
    await patient.press('Connect again');
    await patient.sees('Connect your PKB record');
    await patient.open('/pkb/start');
    await patient.press('Go to your connection');
    await patient.sees('Your connection to PKB');
  });

  it('reads what has happened to the connection, also after it ended', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await connect(patient, ridgeway.person('Amara'));
    await patient.open('/pkb');
    await patient.press('See what happened');
    await patient.reads('You said that the record is yours. It was connected.');
    await patient.open('/pkb/disconnect');
    await patient.press('Yes, disconnect');
    await patient.open('/pkb/history');
    await patient.reads('You disconnected the record.');
    assert.deepEqual(await patient.page.locator('.history p').allTextContents(), [
      'You disconnected the record.',
      'You said that the record is yours. It was connected.',
      'PKB let us see a record, and we asked if it is yours.',
    ]);
  });
});

describeInChromium('a patient who reads Welsh', (browser) => {
  it('goes the whole way in it, after one press of the switch', async (t) => {
    const { ridgeway, patient } = await openScene(t, browser());
    await patient.register();
    await patient.open('/pkb/start');
    await patient.press('Cymraeg');
    await patient.sees('Cysylltu eich cofnod PKB');
    await patient.press('Ymlaen i Patients Know Best');
    await patient.press(`Log in as ${ridgeway.person('Siân').title} Siân Mair Llywelyn-Rhys`);
    await patient.press('Approve');
    await patient.sees('Ai eich cofnod chi yw hwn?');
    await patient.reads('1 Mawrth 1969');
    await patient.press('Ie, fy nghofnod i yw hwn');
    await patient.sees("Mae eich cofnod wedi'i gysylltu");
    await patient.open('/pkb/disconnect');
    await patient.press('Ie, datgysylltu');
    await patient.sees("Mae eich cofnod PKB wedi'i ddatgysylltu");
    await patient.press('English');
    await patient.sees('Your PKB record is disconnected');
  });
});
