import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Simulator } from '../../src/simulator.ts';
import { amara, get, personCalled, read, simulatorForTest, tokensFor } from './browser-for-test.ts';
import { problemsOf } from './stu3.ts';

interface Resource {
  resourceType: string;
  id: string;
  meta?: { security: { system: string; code: string }[] };
  [name: string]: unknown;
}

interface Bundle {
  resourceType: string;
  total: number;
  link: { relation: string; url: string }[];
  entry?: { fullUrl: string; resource: Resource; search: { mode: string } }[];
}

/** A search for everything that a patient may see, of each type that can be searched. */
const searches = (publicId: string) => [
  `Appointment?patient=${publicId}`,
  `Communication?patient=${publicId}`,
  `Consent?patient=${publicId}`,
  `DiagnosticReport?patient=${publicId}&category=LABORATORY`,
  `DocumentReference?patient=${publicId}`,
  `Encounter?patient=${publicId}`,
  `NamingSystem?value=h`,
  `Observation?patient=${publicId}&category=LABORATORY`,
  `Observation?patient=${publicId}&category=VITAL_SIGNS`,
  'Questionnaire',
  `QuestionnaireResponse?_include=QuestionnaireResponse:basedOn:ProcedureRequest&_include=QuestionnaireResponse:subject:Patient`,
];

async function bundlesOf(simulator: Simulator, publicId: string): Promise<readonly Bundle[]> {
  const { access_token } = await tokensFor(simulator, publicId);
  return Promise.all(
    searches(publicId).map(async (search) => {
      const response = await get(simulator, `/fhir/${search}`, access_token);
      assert.equal(response.status, 200, search);
      return read<Bundle>(response);
    }),
  );
}

function resourcesIn(bundles: readonly Bundle[]): readonly Resource[] {
  return bundles.flatMap(({ entry = [] }) => entry.map(({ resource }) => resource));
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'reference' && typeof member === 'string' ? [member] : referencesIn(member),
  );
}

/** The named people who can grant, and some of the population. */
function somePatients(simulator: Simulator): readonly string[] {
  return Array.from({ length: 60 }, (_, n) => simulator.directory.at(n))
    .filter((person) => person?.kind === 'patient' && person.status === 'active')
    .map((person) => person?.publicId ?? '');
}

describe('a record', () => {
  it('is FHIR STU3 by its official definitions, each resource and each Bundle', async () => {
    await using simulator = await simulatorForTest({ patients: 100 });
    const seen = new Set<string>();
    for (const publicId of somePatients(simulator)) {
      for (const bundle of await bundlesOf(simulator, publicId)) {
        assert.deepEqual(problemsOf(bundle), []);
        for (const { resource } of bundle.entry ?? []) seen.add(resource.resourceType);
      }
    }
    assert.deepEqual([...seen].sort(), [
      'Appointment',
      'Communication',
      'Consent',
      'DiagnosticReport',
      'DocumentReference',
      'Encounter',
      'NamingSystem',
      'Observation',
      'Patient',
      'ProcedureRequest',
      'Questionnaire',
      'QuestionnaireResponse',
    ]);
  });

  it('has no reference that leads nowhere', async () => {
    await using simulator = await simulatorForTest({ patients: 100 });
    let followed = 0;
    for (const publicId of somePatients(simulator)) {
      const { access_token } = await tokensFor(simulator, publicId);
      const resources = resourcesIn(await bundlesOf(simulator, publicId));
      const here = new Set(resources.map(({ resourceType, id }) => `${resourceType}/${id}`));
      for (const reference of new Set(resources.flatMap(referencesIn))) {
        const [type = ''] = reference.split('/');
        // A carer's record is there, and is not the caller's to read.
        if (type === 'Patient') assert.ok(simulator.directory.byPublicId(reference.slice(8)), reference);
        else if (!here.has(reference)) {
          const response = await get(simulator, `/fhir/${reference}`, access_token);
          assert.equal(response.status, 200, reference);
          assert.deepEqual(problemsOf(await response.json()), []);
        }
        followed += 1;
      }
    }
    assert.ok(followed > 300, `only ${followed} references`);
  });

  it('is the same each time, and another with another seed', async () => {
    const ofAmara = async (seed: string) => {
      await using simulator = await simulatorForTest({ seed, now: () => Date.parse('2026-03-01T12:00:00Z') });
      return resourcesIn(await bundlesOf(simulator, amara(simulator)));
    };
    const first = await ofAmara('a');
    assert.deepEqual(await ofAmara('a'), first);
    assert.notDeepEqual(await ofAmara('b'), first);
  });

  it('marks what it holds with privacy labels', async () => {
    await using simulator = await simulatorForTest({ patients: 100 });
    const codes = new Set<string>();
    for (const publicId of somePatients(simulator)) {
      for (const { meta } of resourcesIn(await bundlesOf(simulator, publicId))) {
        for (const { system, code } of meta?.security ?? []) {
          assert.equal(system, 'http://fhir.patientsknowbest.com/codesystem/privacy-label');
          codes.add(code);
        }
      }
    }
    assert.deepEqual([...codes].sort(), ['GENERAL_HEALTH', 'MENTAL_HEALTH', 'SEXUAL_HEALTH', 'SOCIAL_CARE']);
  });

  it('names nobody in its consents where sharing is disabled, and carers where there are some', async () => {
    await using simulator = await simulatorForTest({ patients: 100 });
    const consentsOf = async (publicId: string) => (await bundlesOf(simulator, publicId))[2]?.entry ?? [];
    assert.equal((await consentsOf(personCalled(simulator, 'Rahman').publicId)).length, 0);
    const cared = Array.from({ length: 100 }, (_, n) => simulator.directory.at(n + 19)).find(
      (person) => person?.carers.length && person.status === 'active' && !person.sharingDisabled,
    );
    const carer = simulator.directory.byUserId(cared?.carers[0] ?? '');
    const consents = JSON.stringify(await consentsOf(cared?.publicId ?? ''));
    assert.match(consents, new RegExp(`Patient/${carer?.publicId}`));
    assert.match(consents, /Organization\//);
  });

  it('is of an OperationDefinition, a CapabilityStatement and an OperationOutcome that are FHIR STU3 too', async () => {
    await using simulator = await simulatorForTest();
    for (const path of [
      '/fhir/metadata',
      '/fhir/OperationDefinition/Consent-t-purview',
      '/fhir/Observation',
    ]) {
      assert.deepEqual(problemsOf(await (await get(simulator, path)).json()), [], path);
    }
    const { access_token } = await tokensFor(simulator);
    for (const path of ['/fhir/Consent/$purview', `/fhir/Patient/${amara(simulator)}`, '/fhir/Observation']) {
      assert.deepEqual(problemsOf(await (await get(simulator, path, access_token)).json()), [], path);
    }
  });
});

describe('the check of FHIR STU3', () => {
  it('finds what is missing, unknown, of another type, or no code', () => {
    const good = {
      resourceType: 'Observation',
      status: 'unknown',
      code: { text: 'Height' },
      valueQuantity: { value: 1 },
    };
    assert.deepEqual(problemsOf(good), []);
    assert.match(problemsOf({ ...good, status: undefined })[0] ?? '', /status/);
    assert.match(problemsOf({ ...good, status: 'fine' })[0] ?? '', /not one of its codes/);
    assert.match(problemsOf({ ...good, colour: 'red' })[0] ?? '', /not in FHIR STU3/);
    assert.match(problemsOf({ ...good, code: 'Height' })[0] ?? '', /must be an object/);
    assert.match(problemsOf({ ...good, category: {} })[0] ?? '', /must be a list/);
    assert.match(problemsOf({ ...good, valueQuantity: { value: '1' } })[0] ?? '', /is no decimal/);
    assert.match(problemsOf({ resourceType: 'Observation' }).join(), /status is missing.*code is missing/);
  });
});
