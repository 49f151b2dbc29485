import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IdentityConflictError, InvalidRequestError, UpstreamUnavailableError } from '../../src/errors.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { checkedExpected, compare } from '../../src/flow/compare.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { patient } from '../../src/flow/patient.ts';
import type { ExpectedIdentity } from '../../src/model.ts';
import { nationalIdentifier } from '../../src/national-identifier.ts';
import { answerAtPkb, linked, personNamed, proposed, type Story, story } from './story.ts';

const ADA = 'account-ada';
const BROWSER = 'browser-session-of-at-least-128-bits';
const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const NUMBER = '9990000018';

function seen(over: { birthDate?: string; familyName?: string; numbers?: readonly string[] } = {}) {
  const { numbers = [NUMBER], ...rest } = over;
  return {
    birthDate: '1987-03-05',
    familyName: 'O’Connor',
    ...rest,
    identifiers: numbers.map((value) => nationalIdentifier({ system: NHS, value })),
  };
}

const isMismatch = (thrown: unknown) =>
  thrown instanceof IdentityConflictError && thrown.code === 'demographics-mismatch';

describe('comparing a record with whom the partner expects', () => {
  it('matches what is the same, and cannot tell what one side does not say', () => {
    const all = { birthDate: '1987-03-05', familyName: 'O’Connor', nhsNumber: NUMBER };
    const match = { birthDate: 'match', familyName: 'match', nhsNumber: 'match' };
    const unknown = { birthDate: 'unknown', familyName: 'unknown', nhsNumber: 'unknown' };
    assert.deepEqual(compare(all, seen()), match);
    assert.deepEqual(compare({}, seen()), unknown);
    assert.deepEqual(compare(all, { identifiers: [] }), unknown);
    assert.deepEqual(
      compare(all, seen({ numbers: [] })),
      { ...match, nhsNumber: 'unknown' },
      'PKB shows no NHS number',
    );
  });

  it('refuses another date of birth and another NHS number, and says neither which nor what', () => {
    for (const expected of [{ birthDate: '1987-05-03' }, { nhsNumber: '9990000026' }]) {
      assert.throws(
        () => compare({ familyName: 'O’Connor', ...expected }, seen()),
        (thrown: unknown) => isMismatch(thrown) && !/birth|NHS|1987|999/.test(String(thrown)),
      );
    }
  });

  it('never holds a family name against a record: people marry', () => {
    assert.equal(compare({ familyName: 'Smith' }, seen()).familyName, 'unknown');
  });

  it('reads a family name past case, accents and punctuation', () => {
    for (const [one, other] of [
      ['o connor', 'O’CONNOR'],
      ['Nunez-Garcia', 'Núñez García'],
      ['Siân', 'SIAN'],
      ['王', '王'],
    ] as const) {
      assert.equal(compare({ familyName: one }, seen({ familyName: other })).familyName, 'match', one);
    }
  });

  it('cannot tell from a date in a form that it does not know', () => {
    const of = (birthDate: string) => compare({ birthDate: '1987-03-05' }, seen({ birthDate })).birthDate;
    assert.equal(of('1987'), 'unknown');
    assert.equal(of('05/03/1987'), 'unknown');
    assert.equal(of('1987-03-05T00:00:00Z'), 'match');
  });

  it('takes no expectation that nobody can meet, and says which field', () => {
    const bad: readonly [ExpectedIdentity, string][] = [
      [{ birthDate: '1987-02-30' }, 'expected.birth_date'],
      [{ birthDate: '5 March 1987' }, 'expected.birth_date'],
      [{ familyName: '--' }, 'expected.family_name'],
      [{ nhsNumber: '9990000019' }, 'expected.nhs_number'],
      [{ nhsNumber: '123' }, 'expected.nhs_number'],
    ];
    for (const [expected, field] of bad) {
      assert.throws(
        () => checkedExpected(expected),
        (thrown: unknown) => thrown instanceof InvalidRequestError && thrown.field === field,
        field,
      );
    }
    assert.deepEqual(checkedExpected({ nhsNumber: '999 000 0018' }), { nhsNumber: NUMBER });
  });
});

/** Granted, with an expectation. */
async function expecting(s: Story, expected: ExpectedIdentity, familyName = 'Okafor') {
  const { url } = await authorize(s.app, { appUserId: ADA, browserSession: BROWSER, expected });
  const parameters = await answerAtPkb(url, personNamed(s.simulator, familyName));
  const { authorizationId } = await callback(s.app, { parameters, browserSession: BROWSER });
  const owner = { authorizationId, appUserId: ADA, browserSession: BROWSER };
  await exchange(s.app, owner);
  return owner;
}

async function okafor(s: Story): Promise<ExpectedIdentity> {
  const person = personNamed(s.simulator, 'Okafor');
  return { birthDate: person.birthDate, familyName: person.familyName };
}

describe('identify, where the partner expects somebody', () => {
  it('proposes the record that fits and remembers how it compared', async (t) => {
    const s = await story(t);
    const owner = await expecting(s, await okafor(s));
    const link = await identify(s.app, owner);
    assert.equal(link.state, 'proposed');
    assert.deepEqual(link.comparison, { birthDate: 'match', familyName: 'match', nhsNumber: 'unknown' });
    assert.equal(await s.app.store.expectedIdentity(owner.authorizationId), undefined);
  });

  it('proposes nothing of somebody else’s, destroys the tokens and writes it down', async (t) => {
    const s = await story(t);
    const owner = await expecting(s, { birthDate: '1901-01-01' });
    await assert.rejects(identify(s.app, owner), isMismatch);
    assert.equal(await s.app.store.findLink(ADA), undefined);
    assert.equal(await s.app.store.exchangedTokenSet(owner.authorizationId), undefined);
    assert.equal(await s.app.store.expectedIdentity(owner.authorizationId), undefined);
    const [event, ...more] = await s.app.store.listAccountEvents(ADA);
    assert.deepEqual([event?.type, event?.reason], ['link.identity_conflict', 'demographics-mismatch']);
    assert.deepEqual(more, []);
    await assert.rejects(identify(s.app, owner), isMismatch, 'and again, when its page is loaded again');
    assert.equal((await s.app.store.listAccountEvents(ADA)).length, 1);
  });

  it('keeps the link there is, and writes it in that link’s history', async (t) => {
    const s = await story(t);
    const active = await linked(s, { appUserId: ADA });
    const owner = await expecting(s, { birthDate: '1901-01-01' });
    await assert.rejects(identify(s.app, owner), isMismatch);
    assert.deepEqual(await s.app.store.findLink(ADA), active);
    assert.equal((await s.app.store.listEvents(active.id)).at(-1)?.reason, 'demographics-mismatch');
    assert.ok(await patient(s.app, { appUserId: ADA }));
  });

  it('keeps the place while PKB does not tell the demographics', async (t) => {
    const s = await story(t);
    const owner = await expecting(s, await okafor(s));
    s.simulator.next('users-self', { status: 503 });
    await assert.rejects(identify(s.app, owner), UpstreamUnavailableError);
    assert.ok(await s.app.store.expectedIdentity(owner.authorizationId));
    assert.equal((await identify(s.app, owner)).state, 'proposed');
  });

  it('asks PKB for no demographics where nobody is expected', async (t) => {
    const s = await story(t);
    const link = await proposed(s);
    assert.equal(link.comparison, undefined);
    assert.equal(s.simulator.received('users-self').length, 0);
  });
});
