import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { unlink } from '../../src/flow/unlink.ts';
import type { Toggles } from '../../src/simulator.ts';
import { APP_USER_ID, granted, linked, personNamed, proposed, type Story, story } from './story.ts';

async function exchanged(s: Story, who: Parameters<typeof granted>[1] = {}) {
  const owner = await granted(s, who);
  await exchange(s.app, owner);
  return owner;
}

function events({ app }: Story, linkId: string) {
  return app.store
    .listEvents(linkId)
    .then((list) => list.map(({ type, reason }) => (reason ? `${type} ${reason}` : type)));
}

describe('identify', () => {
  it('proposes the record that PKB names, and waits for the patient', async (t) => {
    const s = await story(t);
    const link = await proposed(s);
    assert.equal(link.state, 'proposed');
    assert.equal(link.publicId, personNamed(s.simulator, 'Okafor').publicId);
    assert.equal(link.environment, 'simulator');
    assert.equal(link.clientId, 'story');
    assert.equal(link.health, 'fresh');
    assert.deepEqual(await events(s, link.id), ['link.proposed']);
    const { nextAction } = await account(s.app, { appUserId: APP_USER_ID });
    assert.equal(nextAction, 'confirm');
  });

  it('asks with the bearer token, and for FHIR', async (t) => {
    const s = await story(t);
    await proposed(s);
    const [request] = s.simulator.received('purview');
    assert.match(request?.headers.authorization ?? '', /^Bearer \S{32}$/);
    assert.equal(request?.headers.accept, 'application/fhir+json');
    assert.equal(request?.path, '/fhir/Consent/$purview');
  });

  it('again is the same success', async (t) => {
    const s = await story(t);
    const owner = await exchanged(s);
    const links = await Promise.all([identify(s.app, owner), identify(s.app, owner), identify(s.app, owner)]);
    assert.equal(new Set(links.map(({ id }) => id)).size, 1);
    const again = await identify(s.app, owner);
    assert.deepEqual(await events(s, again.id), ['link.proposed']);
  });

  for (const purviewReference of ['relative', 'absolute', 'versioned'] as const) {
    it(`reads a ${purviewReference} reference`, async (t) => {
      const s = await story(t, { toggles: { purviewReference } });
      assert.equal((await proposed(s)).publicId, personNamed(s.simulator, 'Okafor').publicId);
    });
  }

  for (const purviewVerb of ['get', 'post', 'both'] as const) {
    it(`finds the verb where PKB wants ${purviewVerb}`, async (t) => {
      const s = await story(t, { toggles: { purviewVerb } });
      await proposed(s);
      await proposed(s, { appUserId: 'account-2', familyName: 'Whitfield' });
      // Once refused, GET is not tried again.
      assert.equal(s.simulator.received('purview').length, purviewVerb === 'post' ? 3 : 2);
    });
  }

  const strangers: readonly (readonly [string, Partial<Toggles>, string])[] = [
    ['a team', { purviewReference: 'organization' }, 'Okafor'],
    ['a professional', { purviewReference: 'practitioner' }, 'Okafor'],
    ['what is no public id', { purviewReference: 'not-a-uuid' }, 'Okafor'],
    ["a professional's own login", { wrongUserType: 'issue-tokens' }, 'Castellane'],
  ];
  for (const [who, toggles, familyName] of strangers) {
    it(`refuses ${who}, and destroys the tokens`, async (t) => {
      const s = await story(t, { toggles });
      const owner = await exchanged(s, { familyName });
      for (let time = 0; time < 2; time += 1) {
        await assert.rejects(identify(s.app, owner), {
          name: 'IdentityConflictError',
          code: 'not-a-patient',
        });
      }
      assert.equal(await s.app.store.exchangedTokenSet(owner.authorizationId), undefined);
      assert.deepEqual(await s.app.store.listLinks({ limit: 10 }), []);
      assert.equal(s.simulator.received('purview').length, 1);
    });
  }

  it('refuses the record of a patient whose access is frozen', async (t) => {
    const s = await story(t);
    const owner = await exchanged(s, { familyName: 'Prentice' });
    await assert.rejects(identify(s.app, owner), { name: 'AccessRefusedError', code: 'access-frozen' });
  });

  it('keeps the tokens while PKB is away or talks nonsense, and goes on where it was', async (t) => {
    const s = await story(t);
    const owner = await exchanged(s);
    for (const [answer, name] of [
      [{ status: 503 }, 'UpstreamUnavailableError'],
      [{ status: 429, headers: { 'retry-after': '3' } }, 'UpstreamUnavailableError'],
      [{ drop: 'before-acting' }, 'UpstreamUnavailableError'],
      [{ status: 200, body: '<html>' }, 'FaultError'],
      [{ status: 200, body: { resourceType: 'Parameters' } }, 'FaultError'],
      [{ status: 401, body: '' }, 'FaultError'],
    ] as const) {
      s.simulator.next('purview', answer);
      await assert.rejects(identify(s.app, owner), { name });
    }
    assert.equal((await identify(s.app, owner)).state, 'proposed');
    assert.equal(s.simulator.received('token').length, 1);
  });

  it('lets the patient start again where the access token ended while PKB was away', async (t) => {
    const s = await story(t);
    const owner = await exchanged(s);
    s.advance(1801);
    await assert.rejects(identify(s.app, owner), { code: 'exchange-interrupted' });
    assert.equal((await linked(s)).state, 'active');
  });

  it("refuses another account's record, changes nothing of theirs, and tells their history", async (t) => {
    const s = await story(t);
    const theirs = await linked(s, { appUserId: 'account-2' });
    const before = await refresh(s.app, { appUserId: 'account-2' });
    await assert.rejects(proposed(s), { name: 'IdentityConflictError', code: 'linked-to-another-account' });
    assert.equal(await s.app.store.findLink(APP_USER_ID), undefined);
    assert.deepEqual(await s.app.store.findLinkById(theirs.id), theirs);
    assert.equal((await refresh(s.app, { appUserId: 'account-2' })).accessToken, before.accessToken);
    assert.deepEqual(await events(s, theirs.id), [
      'link.proposed',
      'link.active',
      'link.identity_conflict linked-to-another-account',
    ]);
  });

  it("refuses another patient's record for an account that has one, and overwrites nothing", async (t) => {
    const s = await story(t);
    const first = await linked(s);
    await assert.rejects(proposed(s, { familyName: 'Whitfield' }), {
      name: 'IdentityConflictError',
      code: 'different-patient',
    });
    assert.deepEqual(await s.app.store.findLink(APP_USER_ID), first);
    assert.equal(await s.app.store.findConfirmedLink(first.publicId).then((link) => link?.id), first.id);
  });

  it('takes the same record again as a success, with the tokens of the newest grant', async (t) => {
    const s = await story(t);
    const first = await linked(s);
    const old = await refresh(s.app, { appUserId: APP_USER_ID });
    s.advance(60);
    const again = await proposed(s);
    assert.equal(again.id, first.id);
    assert.equal(again.state, 'active');
    assert.deepEqual(again.grantedAt, s.app.now());
    assert.deepEqual(again.confirmedAt, first.confirmedAt);
    const fresh = await refresh(s.app, { appUserId: APP_USER_ID });
    assert.notEqual(fresh.accessToken, old.accessToken);
    assert.deepEqual(await events(s, first.id), ['link.proposed', 'link.active', 'link.recovered']);
  });

  it('forgets a proposal that nobody confirmed, once another record was granted', async (t) => {
    const s = await story(t);
    const first = await proposed(s);
    const second = await proposed(s, { familyName: 'Whitfield' });
    assert.equal(second.state, 'proposed');
    assert.equal((await s.app.store.findLink(APP_USER_ID))?.id, second.id);
    const dropped = await s.app.store.findLinkById(first.id);
    assert.equal(dropped?.state, 'unlinked');
    assert.equal(dropped?.reason, 'superseded');
    assert.equal(await s.app.store.findGrant(first.id), undefined);
  });

  it('lets an account link another record after it has unlinked the first', async (t) => {
    const s = await story(t);
    await linked(s);
    await unlink(s.app, { appUserId: APP_USER_ID });
    const second = await linked(s, { familyName: 'Whitfield' });
    assert.equal(second.state, 'active');
    assert.equal((await linked(s, { appUserId: 'account-2' })).state, 'active');
  });
});
