import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Simulator } from '../../src/simulator.ts';
import { amara, codeIn, get, personCalled, read, simulatorForTest, tokensFor } from './browser-for-test.ts';

interface Bundle {
  total: number;
  link: { relation: string; url: string }[];
  entry?: { resource: Record<string, string> & { id: string }; search: { mode: string } }[];
}

interface StatementResource {
  type: string;
  interaction?: { code: string }[];
  searchParam?: { name: string; documentation: string }[];
}

const live: { resource: StatementResource[] } = JSON.parse(
  readFileSync(new URL('live-statement.json', import.meta.url), 'utf8'),
);

/** A good value for every parameter that the live statement lists, but patient. */
const good: Readonly<Record<string, string>> = {
  authored: 'gt2000',
  'based-on': 'ProcedureRequest/1',
  category: 'LABORATORY',
  created: 'gt2000',
  date: 'gt2000',
  'document-status': 'final',
  identifier: 'https://fhir.nhs.uk/Id/nhs-number|9995924226',
  indexed: '2025-01-01',
  'publisher-reference': 'Organization/1',
  questionnaire: 'Questionnaire/1',
  sent: 'gt2000',
  'source-organisation': 'Organization/1',
  value: 'h',
};

async function asked(simulator: Simulator) {
  const { access_token } = await tokensFor(simulator);
  return (type: string, parameters: Record<string, string> | string = {}) =>
    get(simulator, `/fhir/${type}?${new URLSearchParams(parameters)}`, access_token);
}

async function issueOf(response: Response): Promise<string> {
  const outcome = await read<{ issue: { code: string; diagnostics?: string }[] }>(response);
  return `${response.status} ${outcome.issue[0]?.code} ${outcome.issue[0]?.diagnostics ?? ''}`;
}

const searchable = live.resource.filter(({ interaction = [] }) =>
  interaction.some(({ code }) => code === 'search-type'),
);

describe('search', () => {
  for (const { type, searchParam = [] } of searchable) {
    it(`takes for ${type} what the live statement lists and nothing else, and requires what it requires`, async () => {
      await using simulator = await simulatorForTest();
      const search = await asked(simulator);
      const all = Object.fromEntries(
        searchParam.map(({ name }) => [name, name === 'patient' ? amara(simulator) : (good[name] ?? '')]),
      );
      assert.equal((await search(type, all)).status, 200);
      const need = (kind: string) =>
        searchParam.filter(({ documentation }) => documentation.startsWith(kind));
      for (const { name } of need('Required')) {
        const { [name]: _, ...without } = all;
        assert.equal(
          await issueOf(await search(type, without)),
          `400 required The parameter ${name} is required.`,
        );
      }
      const conditional = need('Conditional').map(({ name }) => name);
      if (conditional.length > 0) {
        const without = Object.entries(all).filter(([name]) => !conditional.includes(name));
        assert.match(await issueOf(await search(type, Object.fromEntries(without))), /^400 required One of/);
      }
      const optional = need('Optional').map(({ name }) => name);
      const least = Object.entries(all).filter(([name]) => !optional.includes(name));
      assert.equal((await search(type, Object.fromEntries(least))).status, 200);
      for (const other of ['_id', '_count', 'colour', '_include']) {
        assert.match(
          await issueOf(await search(type, { ...all, [other]: '1' })),
          /^400 not-supported/,
          other,
        );
      }
    });
  }

  it('reads modifiers, repetitions and prefixes as the statement words them', async () => {
    await using simulator = await simulatorForTest();
    const search = await asked(simulator);
    const patient = amara(simulator);
    const good = { category: 'LABORATORY', patient };
    assert.equal(
      (await search('Observation', { category: 'LABORATORY', 'patient:Patient': patient })).status,
      200,
    );
    const bad: [string, string, RegExp][] = [
      ['Observation', `category=LABORATORY&patient:Group=${patient}`, /not-supported The modifier :Group/],
      ['Observation', `category:not=LABORATORY&patient=${patient}`, /not-supported The modifier :not/],
      ['Observation', `category=LABORATORY,X&patient=${patient}`, /value category must have one value/],
      [
        'Observation',
        `category=LABORATORY&patient=${patient}&patient=${patient}`,
        /value patient may come once/,
      ],
      ['Observation', `category=LABORATORY&patient=${patient}&date=ne2025`, /not-supported The prefix ne/],
      ['Observation', `category=LABORATORY&patient=${patient}&date=24-12-2025`, /value date must be/],
      [
        'Observation',
        `category=LABORATORY&patient=${patient}&date=2025-02-31T25:00:00Z`,
        /value date is not/,
      ],
      ['Encounter', `patient=${patient}&date=ge2025`, /not-supported The prefix ge/],
      ['DocumentReference', `patient=${patient}&indexed=gt2025`, /not-supported The prefix gt/],
      ['DocumentReference', `patient=${patient}&indexed=2025&indexed=2025`, /value indexed may come once/],
      ['Patient', 'identifier=9995924226', /value identifier must be one system/],
    ];
    for (const [type, query, said] of bad) {
      const response = await search(type, query);
      assert.match(await issueOf(response), said, `${type}?${query}`);
      assert.equal(response.status, 400);
    }
    const twice = new URLSearchParams(good);
    twice.append('date', 'ge2025-01-01');
    twice.append('date', 'lt2025-07-01');
    assert.equal((await search('Observation', twice.toString())).status, 200);
  });

  it('finds by date, token and reference exactly what there is', async () => {
    await using simulator = await simulatorForTest();
    const search = await asked(simulator);
    const patient = `Patient/${amara(simulator)}`;
    const found = async (type: string, query: string) =>
      ((await read<Bundle>(await search(type, query))).entry ?? []).map(({ resource }) => resource);
    const all = await found('Observation', `patient=${patient}&category=LABORATORY`);
    assert.ok(all.length >= 6);
    const half = all[3]?.effectiveDateTime ?? '';
    const since = await found('Observation', `patient=${patient}&category=LABORATORY&date=ge${half}`);
    const before = await found('Observation', `patient=${patient}&category=LABORATORY&date=lt${half}`);
    assert.equal(since.length + before.length, all.length);
    assert.ok(since.every(({ effectiveDateTime = '' }) => effectiveDateTime >= half));
    assert.ok(before.every(({ effectiveDateTime = '' }) => effectiveDateTime < half) && before.length > 0);
    const day = await found(
      'Observation',
      `patient=${patient}&category=LABORATORY&date=${half.slice(0, 10)}`,
    );
    assert.ok(
      day.length > 0 &&
        day.every(({ effectiveDateTime = '' }) => effectiveDateTime.startsWith(half.slice(0, 10))),
    );

    const system = 'http://fhir.patientsknowbest.com/codesystem/observation-category';
    assert.equal(
      (await found('Observation', `patient=${patient}&category=${system}|LABORATORY`)).length,
      all.length,
    );
    assert.equal(
      (await found('Observation', `patient=${patient}&category=http://else|LABORATORY`)).length,
      0,
    );
    const [first] = await found('QuestionnaireResponse', `patient=${simulator.url}/fhir/${patient}`);
    const requests = await found('QuestionnaireResponse', `based-on=ProcedureRequest/unknown`);
    assert.equal(requests.length, 0);
    if (first)
      assert.ok(
        (await found('QuestionnaireResponse', `patient=${patient}&authored=${first.authored}`)).length > 0,
      );
    assert.equal((await found('NamingSystem', 'value=https://fhir.nhs.uk')).length, 1);
    assert.equal((await found('NamingSystem', 'value:exact=https://fhir.nhs.uk')).length, 0);
  });

  it('shows nobody the record of somebody else', async () => {
    await using simulator = await simulatorForTest();
    const search = await asked(simulator);
    const other = personCalled(simulator, 'Whitfield').publicId;
    for (const type of ['Appointment', 'Consent', 'DocumentReference', 'QuestionnaireResponse']) {
      const refused = await search(type, { patient: other });
      assert.deepEqual([refused.status, await codeIn(refused)], [403, 'NO_ASSOCIATION'], type);
    }
    assert.equal((await get(simulator, `/fhir/Appointment?patient=${other}`)).status, 401);
  });

  it('tells a professional what closes a record, and a patient nothing of others', async () => {
    const toggles = { wrongUserType: 'issue-tokens' } as const;
    await using simulator = await simulatorForTest({ toggles });
    const codeFor = async (caller: string, asked: string, path: string) => {
      const { access_token } = await tokensFor(simulator, personCalled(simulator, caller).publicId);
      const { publicId } = personCalled(simulator, asked);
      return codeIn(await get(simulator, `/fhir/${path}${publicId}`, access_token));
    };
    for (const path of ['Patient/', 'Appointment?patient=']) {
      assert.equal(await codeFor('Castellane', 'Prentice', path), 'ACCESS_FROZEN_INWARD');
      assert.equal(await codeFor('Castellane', 'Rahman', path), 'SHARING_DISABLED');
      assert.equal(await codeFor('Castellane', 'Okafor', path), 'NO_ASSOCIATION');
      assert.equal(await codeFor('Okafor', 'Prentice', path), 'NO_ASSOCIATION');
    }
  });

  it('refuses what cannot be searched or read', async () => {
    await using simulator = await simulatorForTest();
    const search = await asked(simulator);
    for (const type of ['Person', 'Practitioner', 'Organization', 'ProcedureRequest', 'Medication']) {
      assert.match(await issueOf(await search(type)), /^404 not-found/, type);
    }
    const { access_token } = await tokensFor(simulator);
    for (const path of ['Observation/1', 'Person/1', 'Organization/1', `Practitioner/${amara(simulator)}`]) {
      assert.equal((await get(simulator, `/fhir/${path}`, access_token)).status, 404, path);
    }
  });

  it('comes in pages where the toggle says so, each entry once', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator);
    const query = `/fhir/Observation?patient=${amara(simulator)}&category=LABORATORY`;
    const whole = await read<Bundle>(await get(simulator, query, access_token));
    simulator.toggles.searchPaging = 4;
    const ids: string[] = [];
    let next: string | undefined = `${simulator.url}${query}&_count=3`;
    while (next !== undefined) {
      const page: Bundle = await read(await get(simulator, next.slice(simulator.url.length), access_token));
      assert.equal(page.total, whole.total);
      assert.ok((page.entry?.length ?? 0) <= 3);
      ids.push(...(page.entry ?? []).map(({ resource }) => resource.id));
      next = page.link.find(({ relation }) => relation === 'next')?.url;
    }
    assert.deepEqual(
      ids,
      whole.entry?.map(({ resource }) => resource.id),
    );
    const most = await read<Bundle>(await get(simulator, `${query}&_count=100`, access_token));
    assert.equal(most.entry?.length, 4);
    assert.equal((await get(simulator, `${query}&_count=many`, access_token)).status, 400);
  });
});
