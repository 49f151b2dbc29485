import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { invitationFor } from '../../src/simulator/registration/invitation.ts';
import { createWorld } from '../../src/simulator/world.ts';
import type { Simulator } from '../../src/simulator.ts';
import {
  authorizationUrl,
  get,
  interactionOn,
  personCalled,
  post,
  simulatorForTest,
} from './browser-for-test.ts';

const account = { email: 'Sam@Example.com', password: 'Sunflower-26', answer: 'Hilltop', agree: 'yes' };
const somebody = { given: 'Sam Alex', family: 'Carver', sex: 'Male', born: '1990-05-01', ...account };

async function send(simulator: Simulator, path: string, form: Record<string, string>) {
  const response = await post(`${simulator.url}${path}`, form);
  return { status: response.status, page: await response.text() };
}

/** Whether the e-mail address and the password lead to the grant page. */
async function logsIn(simulator: Simulator, email: string, password: string): Promise<boolean> {
  const page = await (await fetch(authorizationUrl(simulator))).text();
  const form = { interaction: interactionOn(page), email, password };
  return (await send(simulator, '/apiAuthorize.action', form)).page.includes('Allow Example App');
}

async function newestMail(simulator: Simulator): Promise<string> {
  const page = await (await get(simulator, '/inbox')).text();
  return /<li>To [^:]*: <a href="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
}

describe('registration', () => {
  it('by a national log-in makes a record for somebody who has none', async () => {
    await using simulator = await simulatorForTest();
    const { status, page } = await send(simulator, '/register/national', {
      ...somebody,
      number: '999 000 0018',
    });
    assert.equal(status, 200, page);
    assert.match(page, /You are registered/);
    assert.match(page, /Nothing leads back from here/);
    const sam = personCalled(simulator, 'Carver');
    assert.deepEqual(
      [sam.givenNames, sam.email, sam.birthDate],
      [['Sam', 'Alex'], 'sam@example.com', '1990-05-01'],
    );
    assert.equal(await logsIn(simulator, 'sam@example.com', 'Sunflower-26'), true);
    assert.equal(await logsIn(simulator, 'sam@example.com', 'Simulator-2026'), false);
    const again = await send(simulator, '/register/national', somebody);
    assert.match(again.page, /Another record has this e-mail address/);
  });

  it('by a national log-in finds the record that waits, and refuses what does not match', async () => {
    await using simulator = await simulatorForTest({ patients: 50 });
    const sophie = personCalled(simulator, 'Marlowe');
    const form = { ...somebody, number: sophie.nationalIds[0]?.value ?? '' };
    const mismatch = await send(simulator, '/register/national', form);
    assert.deepEqual([mismatch.status, /could not match you/.test(mismatch.page)], [422, true]);
    assert.equal((await send(simulator, '/register/national', { ...form, born: '1999-05-17' })).status, 200);
    assert.equal(personCalled(simulator, 'Marlowe').status, 'active');
    assert.equal(personCalled(simulator, 'Marlowe').publicId, sophie.publicId);

    const other = simulator.directory.at(30);
    const taken = { ...somebody, email: 'other@example.com', born: other?.birthDate ?? '' };
    const known = await send(simulator, '/register/national', {
      ...taken,
      number: other?.nationalIds[0]?.value ?? '',
    });
    assert.match(known.page, /Log in instead|16 or older/);
    const child = await send(simulator, '/register/national', { ...taken, born: '2020-01-01' });
    assert.match(child.page, /for people of 16 or older/);
  });

  it('by an invitation asks for both codes, the date of birth, and the e-mail to be confirmed', async () => {
    await using simulator = await simulatorForTest();
    const sophie = personCalled(simulator, 'Marlowe');
    const codes = invitationFor(createWorld(), sophie);
    assert.ok(codes);
    const form = { t1: codes.invitationCode, t2: codes.accessCode, born: '1999-05-17', ...account };
    assert.match((await send(simulator, '/join', { ...form, t2: 'X' })).page, /Check both codes/);
    assert.match(
      (await send(simulator, '/join', { ...form, born: '1999-05-18' })).page,
      /not the date of birth/,
    );
    assert.match((await send(simulator, '/join', form)).page, /Check your e-mail/);
    assert.equal(
      await logsIn(simulator, 'sam@example.com', 'Sunflower-26'),
      false,
      'not before it is confirmed',
    );
    assert.match(await (await get(simulator, await newestMail(simulator))).text(), /address is confirmed/);
    assert.equal(await logsIn(simulator, 'sam@example.com', 'Sunflower-26'), true);
    assert.match(
      (await send(simulator, '/join', { ...form, email: 'other@example.com' })).page,
      /Check both codes/,
      'an invitation is used once',
    );
  });

  it("fills in what the invitation's address names", async () => {
    await using simulator = await simulatorForTest();
    const page = await (await get(simulator, '/join?t1=ABC&t2=DEF&e=sam%40example.com')).text();
    for (const value of ['ABC', 'DEF', 'sam@example.com'])
      assert.ok(page.includes(`value="${value}"`), value);
  });

  it("on a team's page makes a record, and the first to confirm an address keeps it", async () => {
    await using simulator = await simulatorForTest();
    const link = /href="(\/join\/[^"]+)"/.exec(await (await get(simulator, '/register')).text())?.[1] ?? '';
    assert.match((await send(simulator, link, somebody)).page, /Check your e-mail/);
    const first = await newestMail(simulator);
    assert.match((await send(simulator, link, { ...somebody, given: 'Kim' })).page, /Check your e-mail/);
    const second = await newestMail(simulator);
    assert.notEqual(first, second);
    assert.equal((await get(simulator, second)).status, 200);
    assert.equal((await get(simulator, first)).status, 409);
    assert.equal((await get(simulator, '/confirm/1?e=x')).status, 404);
    assert.equal((await get(simulator, '/join/unknown')).status, 404);
  });

  it('says of each field what is wrong with it, and keeps what was typed', async () => {
    await using simulator = await simulatorForTest();
    const form = { ...somebody, number: '1', email: 'sam', password: 'short', agree: '' };
    const { status, page } = await send(simulator, '/register/national', form);
    assert.equal(status, 422);
    for (const name of ['number', 'email', 'password', 'agree']) {
      assert.match(page, new RegExp(`<a href="#${name}">`), name);
      assert.match(page, new RegExp(`id="${name}-error"`), name);
    }
    assert.match(page, /value="Carver"/);
    assert.doesNotMatch(page, /short/, 'a password is not sent back');
  });
});
