import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { link } from '../../src/flow/link.ts';
import { patient } from '../../src/flow/patient.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { APP_USER_ID, linked, personNamed, proposed, story } from './story.ts';

describe('link', () => {
  it('makes the pair active once the patient says that the record is theirs', async (t) => {
    const s = await story(t);
    const proposal = await proposed(s);
    const active = await link(s.app, { appUserId: APP_USER_ID, linkId: proposal.id });
    assert.equal(active.state, 'active');
    assert.deepEqual(active.confirmedAt, s.app.now());
    assert.equal(active.publicId, proposal.publicId);
    assert.equal((await account(s.app, { appUserId: APP_USER_ID })).nextAction, 'none');
  });

  it('again is a success: a double click, two tabs', async (t) => {
    const s = await story(t);
    const { id } = await proposed(s);
    const confirm = () => link(s.app, { appUserId: APP_USER_ID, linkId: id });
    const links = await Promise.all([confirm(), confirm(), confirm()]);
    assert.ok(links.every(({ state }) => state === 'active'));
    assert.equal((await confirm()).state, 'active');
    const events = await s.app.store.listEvents(id);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['link.proposed', 'link.active'],
    );
  });

  it('confirms no proposal of another account, and none that is not there', async (t) => {
    const s = await story(t);
    const { id } = await proposed(s);
    await assert.rejects(link(s.app, { appUserId: 'account-2', linkId: id }), { code: 'unknown-link' });
    await assert.rejects(link(s.app, { appUserId: APP_USER_ID, linkId: 'none' }), { code: 'unknown-link' });
    assert.equal((await s.app.store.findLinkById(id))?.state, 'proposed');
  });

  it('confirms only the proposal that was shown, not a newer one', async (t) => {
    const s = await story(t);
    const shown = await proposed(s);
    await proposed(s, { familyName: 'Whitfield' });
    await assert.rejects(link(s.app, { appUserId: APP_USER_ID, linkId: shown.id }), { code: 'unknown-link' });
    assert.equal((await s.app.store.findLink(APP_USER_ID))?.state, 'proposed');
  });

  it('does not confirm a proposal that lapsed; the account is free to begin again', async (t) => {
    const s = await story(t);
    const { id } = await proposed(s);
    s.advance(3600);
    await assert.rejects(link(s.app, { appUserId: APP_USER_ID, linkId: id }), { code: 'proposal-expired' });
    assert.deepEqual(await account(s.app, { appUserId: APP_USER_ID }), {
      appUserId: APP_USER_ID,
      nextAction: 'none',
    });
    assert.equal((await linked(s)).state, 'active');
  });

  it('gives one record to one account, also where both were proposed: the first to confirm has it', async (t) => {
    const s = await story(t);
    const other = await s.another();
    const mine = await proposed(s);
    const theirs = await proposed(s, { appUserId: 'account-2' });
    const answers = await Promise.allSettled([
      link(s.app, { appUserId: APP_USER_ID, linkId: mine.id }),
      link(s.app, { appUserId: 'account-2', linkId: theirs.id }),
    ]);
    const failed = answers.filter((answer) => answer.status === 'rejected');
    assert.equal(failed.length, 1);
    assert.equal(failed[0]?.reason.code, 'linked-to-another-account');
    assert.ok(other);
    const confirmed = await s.app.store.findConfirmedLink(mine.publicId);
    const loser = confirmed?.id === mine.id ? theirs : mine;
    assert.equal((await s.app.store.findLinkById(loser.id))?.reason, 'linked-to-another-account');
    assert.equal(await s.app.store.findGrant(loser.id), undefined);
  });
});

describe('a proposal', () => {
  it('never becomes a link without the patient’s yes, though access is frozen meanwhile and then is not', async (t) => {
    const s = await story(t);
    const { id, publicId } = await proposed(s);
    s.simulator.admin.freeze(publicId, true);
    await assert.rejects(patient(s.app, { appUserId: APP_USER_ID }), { code: 'access-frozen' });
    assert.equal((await s.app.store.findLinkById(id))?.state, 'proposed');
    s.simulator.admin.freeze(publicId, false);
    await patient(s.app, { appUserId: APP_USER_ID });
    assert.equal((await s.app.store.findLinkById(id))?.state, 'proposed');
    assert.deepEqual(
      (await s.app.store.listEvents(id)).map(({ type }) => type),
      ['link.proposed'],
    );
    assert.equal((await link(s.app, { appUserId: APP_USER_ID, linkId: id })).state, 'active');
  });

  it('is gone where PKB ends its grant before the patient has answered; they can begin again', async (t) => {
    const s = await story(t);
    const { id, publicId } = await proposed(s);
    s.simulator.admin.endSession({ publicId }, 'invalid');
    await assert.rejects(patient(s.app, { appUserId: APP_USER_ID }), { code: 'api-session-invalid' });
    assert.equal((await s.app.store.findLinkById(id))?.state, 'unlinked');
    assert.equal((await linked(s)).state, 'active');
  });
});

describe('unlink', () => {
  it('destroys the tokens and keeps the history', async (t) => {
    const s = await story(t);
    const { id } = await linked(s);
    const unlinked = await unlink(s.app, { appUserId: APP_USER_ID });
    assert.equal(unlinked?.state, 'unlinked');
    assert.equal(unlinked?.health, 'ended');
    assert.equal(unlinked?.reason, 'asked');
    assert.equal(await s.app.store.findGrant(id), undefined);
    await assert.rejects(refresh(s.app, { appUserId: APP_USER_ID }), { code: 'unknown-link' });
    const events = await s.app.store.listEvents(id);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['link.proposed', 'link.active', 'link.unlinked'],
    );
  });

  it('again is a success, and an account that never had a link has none to unlink', async (t) => {
    const s = await story(t);
    const { id } = await linked(s);
    const answers = await Promise.all([1, 2, 3].map(() => unlink(s.app, { appUserId: APP_USER_ID })));
    assert.ok(answers.every((answer) => answer?.id === id));
    assert.equal((await s.app.store.listEvents(id)).length, 3);
    assert.equal(await unlink(s.app, { appUserId: 'account-2' }), undefined);
  });

  it('declines a proposal that is not the patient’s', async (t) => {
    const s = await story(t);
    const { id } = await proposed(s);
    const declined = await unlink(s.app, { appUserId: APP_USER_ID, reason: 'not-my-record' });
    assert.equal(declined?.reason, 'not-my-record');
    await assert.rejects(link(s.app, { appUserId: APP_USER_ID, linkId: id }), { code: 'unknown-link' });
  });

  it('says nothing to PKB, which documents no way to hear it', async (t) => {
    const s = await story(t);
    await linked(s);
    const before = s.simulator.received().length;
    await unlink(s.app, { appUserId: APP_USER_ID });
    assert.equal(s.simulator.received().length, before);
  });
});

describe('patient', () => {
  it('tells who the patient is, from /users/self and from FHIR together', async (t) => {
    const s = await story(t);
    const person = personNamed(s.simulator, 'Okafor');
    await proposed(s);
    const found = await patient(s.app, { appUserId: APP_USER_ID });
    assert.equal(found.publicId, person.publicId);
    assert.deepEqual(found.givenNames, ['Amara', 'Chidinma']);
    assert.equal(found.familyName, 'Okafor');
    assert.equal(found.birthDate, '1984-03-11');
    assert.equal(found.sexAtBirth, 'female');
    assert.equal(found.deceased, false);
    assert.deepEqual(found.identifiers, [
      {
        system: 'https://fhir.nhs.uk/Id/nhs-number',
        name: 'NHS number',
        value: '9995924226',
        display: '999 592 4226',
        valid: true,
      },
    ]);
    assert.ok(
      found.contacts.some(
        ({ kind, value, confirmed }) => kind === 'email' && value === person.email && confirmed,
      ),
    );
    assert.ok(found.address.includes(person.address.postalCode));
  });

  for (const [familyName, identifiers] of [
    ['Demir', []],
    ['MacAskill', ['CHI number 1704688469']],
  ] as const) {
    it(`does without an NHS number (${familyName})`, async (t) => {
      const s = await story(t);
      await linked(s, { familyName });
      const found = await patient(s.app, { appUserId: APP_USER_ID });
      assert.deepEqual(
        found.identifiers.map(({ name, display }) => `${name} ${display}`),
        identifiers,
      );
    });
  }

  it('gets a long name with accents and apostrophes right', async (t) => {
    const s = await story(t);
    const familyName = "Núñez-O'Shaughnessy D'Arcy van der Westhuizen-Featherstonehaugh";
    await linked(s, { familyName });
    const found = await patient(s.app, { appUserId: APP_USER_ID });
    assert.equal(found.familyName, familyName);
    assert.equal(found.givenNames[0], 'Maximiliana-Éloïse');
  });

  it('never takes the answer of another Patient for this one', async (t) => {
    const s = await story(t);
    await linked(s);
    const other = personNamed(s.simulator, 'Whitfield').publicId;
    s.simulator.next('patient', { body: { resourceType: 'Patient', id: other } });
    await assert.rejects(patient(s.app, { appUserId: APP_USER_ID }), { code: 'different-patient' });
  });

  it('refuses somebody who is no patient', async (t) => {
    const s = await story(t);
    await linked(s);
    s.simulator.next('users-self', { body: { id: '1', patient: false } });
    await assert.rejects(patient(s.app, { appUserId: APP_USER_ID }), { code: 'not-a-patient' });
  });

  for (const restErrorStyle of ['text', 'json', 'html'] as const) {
    it(`says that PKB refused where its REST errors are ${restErrorStyle}`, async (t) => {
      const s = await story(t, { toggles: { restErrorStyle } });
      const { publicId } = await linked(s);
      s.simulator.admin.freeze(publicId, true);
      await assert.rejects(patient(s.app, { appUserId: APP_USER_ID }), { name: 'AccessRefusedError' });
    });
  }
});
