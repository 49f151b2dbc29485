import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fhir } from '../../src/flow/fhir.ts';
import type { Reference, Resource } from '../../src/index.ts';
import { linked, proposed, story } from './story.ts';

const WHO = { appUserId: 'account-1' };
const LABORATORY = {
  category: 'http://fhir.patientsknowbest.com/codesystem/observation-category|LABORATORY',
};

interface Observation extends Resource {
  readonly resourceType: 'Observation';
  readonly subject: Reference;
  readonly performer?: readonly Reference[];
}

async function all<T>(found: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of found) items.push(item);
  return items;
}

describe("a patient's FHIR record", () => {
  it('is found page by page, for the patient alone, with a token that is fresh', async (t) => {
    const s = await story(t, { toggles: { searchPaging: 2 } });
    const { publicId } = await linked(s);
    s.advance(1801);
    const record = fhir(s.app, WHO);
    const pages = await all(record.pages<Observation>('Observation', LABORATORY));
    const observations = await all(record.search<Observation>('Observation', LABORATORY));
    assert.ok(pages.length > 1, `${pages.length} pages`);
    assert.equal(observations.length, pages.flatMap(({ entry = [] }) => entry).length);
    assert.equal(new Set(observations.map(({ id }) => id)).size, observations.length);
    for (const { subject } of observations) assert.match(subject.reference ?? '', new RegExp(`${publicId}$`));
  });

  it('is all there without paging, in every kind that can be searched', async (t) => {
    const s = await story(t);
    await linked(s);
    const record = fhir(s.app, WHO);
    const counts = {
      Appointment: await all(record.search('Appointment', { date: 'ge2000-01-01' })),
      Communication: await all(record.search('Communication', {})),
      Consent: await all(record.search('Consent', {})),
      DocumentReference: await all(record.search('DocumentReference', {})),
      Encounter: await all(record.search('Encounter', {})),
      Observation: await all(record.search('Observation', LABORATORY)),
      QuestionnaireResponse: await all(record.search('QuestionnaireResponse', {})),
    };
    for (const [type, found] of Object.entries(counts)) {
      assert.ok(found.length > 0, type);
      for (const { resourceType } of found) assert.equal(resourceType, type);
    }
  });

  it('leads from one resource to another by its references', async (t) => {
    const s = await story(t);
    const { publicId } = await linked(s);
    const record = fhir(s.app, WHO);
    const [observation] = await all(record.search<Observation>('Observation', LABORATORY));
    assert.equal((await record.resolve(observation?.subject ?? {})).id, publicId);
    const [performer] = observation?.performer ?? [];
    if (performer) assert.ok((await record.resolve(performer, observation)).id);
  });

  it('keeps what PKB says against a search', async (t) => {
    const s = await story(t);
    await linked(s);
    const record = fhir(s.app, WHO);
    const odd = { category: 'x', 'no-such': 'parameter' } as { category: string };
    await assert.rejects(
      all(record.search('Observation', odd)),
      (failure: { code: string; outcome: Resource }) => {
        assert.deepEqual(
          [failure.code, failure.outcome.resourceType],
          ['refused-by-pkb', 'OperationOutcome'],
        );
        return true;
      },
    );
    const nobody = { ...LABORATORY, patient: 'Patient/00000000-0000-4000-8000-000000000000' };
    await assert.rejects(all(record.search('Observation', nobody)), { name: 'AccessRefusedError' });
  });

  it('is nobody’s without a link, and not yet a proposal’s', async (t) => {
    const s = await story(t);
    await assert.rejects(all(fhir(s.app, WHO).search('Consent', {})), { code: 'unknown-link' });
    await proposed(s);
    await assert.rejects(all(fhir(s.app, WHO).search('Consent', {})), { code: 'unknown-link' });
    assert.throws(() => fhir(s.app, { appUserId: '' }), { code: 'bad-input' });
  });
});
