import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fhirClient } from '../../src/fhir/client.ts';
import type { Bundle, Resource } from '../../src/fhir/fhir.ts';
import { SEARCHED_BY_PATIENT } from '../../src/fhir/search-parameters.ts';

const BASE = 'https://pkb.example/fhir';
const ME = 'Patient/1d4a8b2d-f885-499f-ba51-50600312f316';

interface Observation extends Resource {
  readonly resourceType: 'Observation';
  readonly performer?: readonly { readonly reference?: string }[];
}

/** A client of a server that has these answers, by path and query below the base. */
function clientOf(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const client = fhirClient({
    baseUrl: BASE,
    now: () => new Date(),
    patient: async () => ME.split('/')[1] ?? '',
    send: async (url, init) => {
      assert.equal(new Headers(init?.headers).get('accept'), 'application/fhir+json');
      const path = url.slice(BASE.length + 1);
      asked.push(path);
      const answer = answers[path] ?? { status: 404 };
      return answer instanceof Response
        ? answer
        : new Response(JSON.stringify(answer), { status: answer === answers[path] ? 200 : 404 });
    },
  });
  return { client, asked };
}

function bundle(ids: readonly string[], next?: string): Bundle {
  return {
    resourceType: 'Bundle',
    ...(next !== undefined && { link: [{ relation: 'next', url: next }] }),
    entry: ids.map((id) => ({
      fullUrl: `${BASE}/Observation/${id}`,
      resource: { resourceType: 'Observation', id },
    })),
  };
}

async function all<T>(found: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of found) items.push(item);
  return items;
}

function outcome(status: number, code: string): Response {
  const issue = [{ severity: 'error', code: 'invalid', details: { coding: [{ code }] } }];
  return new Response(JSON.stringify({ resourceType: 'OperationOutcome', issue }), { status });
}

const LABORATORY = {
  category: 'http://fhir.patientsknowbest.com/codesystem/observation-category|LABORATORY',
};
const SEARCH = `Observation?category=${encodeURIComponent(LABORATORY.category)}`;
const OF_ME = `&patient=${encodeURIComponent(ME)}`;

describe('the FHIR client', () => {
  it('searches for the patient whose grant it is, and walks the pages as they are wanted', async () => {
    const { client, asked } = clientOf({
      [SEARCH + OF_ME]: bundle(['a', 'b'], `${BASE}/Observation?page=2`),
      'Observation?page=2': bundle(['c'], 'Observation?page=3'),
      'Observation?page=3': bundle(['d']),
    });
    const ids: (string | undefined)[] = [];
    for await (const { id } of client.search<Observation>('Observation', LABORATORY)) {
      ids.push(id);
      if (id === 'c') break;
    }
    assert.deepEqual(ids, ['a', 'b', 'c']);
    assert.equal(asked.length, 2);
    assert.deepEqual((await all(client.search('Observation', LABORATORY))).length, 4);
    assert.equal((await all(client.pages('Observation', LABORATORY))).length, 3);
  });

  it('sends each value of a parameter, and the patient that was named', async () => {
    const { client, asked } = clientOf({});
    const search = client.search('Appointment', {
      patient: 'Patient/x',
      date: ['ge2026-01-01', 'lt2026-02-01'],
      _count: 5,
    });
    await assert.rejects(all(search));
    assert.deepEqual(asked, ['Appointment?patient=Patient%2Fx&date=ge2026-01-01&date=lt2026-02-01&_count=5']);
  });

  it('yields what matched, and not what was included or remarked', async () => {
    const entry = [
      { search: { mode: 'match' }, resource: { resourceType: 'QuestionnaireResponse', id: 'q' } },
      { search: { mode: 'include' }, resource: { resourceType: 'ProcedureRequest', id: 'p' } },
      { search: { mode: 'outcome' }, resource: { resourceType: 'OperationOutcome' } },
    ];
    const { client } = clientOf({
      [`QuestionnaireResponse?${OF_ME.slice(1)}`]: { resourceType: 'Bundle', entry },
    });
    assert.deepEqual(
      (await all(client.search<Resource>('QuestionnaireResponse', {}))).map(({ id }) => id),
      ['q'],
    );
  });

  it('does not walk in a circle', async () => {
    const { client } = clientOf({
      [SEARCH + OF_ME]: bundle(['a'], 'Observation?page=2'),
      'Observation?page=2': bundle([], 'Observation?page=2'),
    });
    await assert.rejects(all(client.search('Observation', LABORATORY)), { code: 'unexpected-response' });
  });

  it('reads a resource, and takes no other for it', async () => {
    const { client, asked } = clientOf({
      'Organization/o': { resourceType: 'Organization', id: 'o', name: 'Ward' },
      'Organization/p': { resourceType: 'Organization', id: 'o' },
      'Organization/q': { resourceType: 'Practitioner', id: 'q' },
    });
    assert.deepEqual(await client.read('Organization', 'o'), {
      resourceType: 'Organization',
      id: 'o',
      name: 'Ward',
    });
    for (const id of ['p', 'q']) {
      await assert.rejects(client.read('Organization', id), { code: 'unexpected-response' });
    }
    await assert.rejects(client.read('Organization', '../Patient'), { code: 'bad-input', field: 'id' });
    await assert.rejects(client.read('a/b', 'o'), { code: 'bad-input', field: 'type' });
    assert.equal(asked.length, 3);
  });

  it('keeps the OperationOutcome of a refusal', async () => {
    const { client } = clientOf({
      'Organization/gone': outcome(404, 'NOT_FOUND'),
      'Organization/odd': outcome(400, 'MISSING_PARAMETER'),
      'Organization/closed': outcome(403, 'NO_CONSENT'),
      'Organization/away': new Response('', { status: 503 }),
    });
    const refused = async (id: string) =>
      client.read('Organization', id).then(
        () => assert.fail('it was read'),
        (failure) => [failure.name, failure.code, failure.outcome?.issue[0].details.coding[0].code],
      );
    assert.deepEqual(await refused('gone'), ['InvalidRequestError', 'not-found', 'NOT_FOUND']);
    assert.deepEqual(await refused('odd'), ['InvalidRequestError', 'refused-by-pkb', 'MISSING_PARAMETER']);
    assert.deepEqual(await refused('closed'), ['AccessRefusedError', 'access-refused', undefined]);
    assert.deepEqual(await refused('away'), ['UpstreamUnavailableError', 'server-error', undefined]);
  });

  it('resolves what is contained, what is in the Bundle, and what must be read', async () => {
    const { client, asked } = clientOf({ 'Organization/o': { resourceType: 'Organization', id: 'o' } });
    const within = {
      resourceType: 'DiagnosticReport',
      contained: [{ resourceType: 'Practitioner', id: 'p' }],
    };
    assert.equal((await client.resolve({ reference: '#p' }, within)).resourceType, 'Practitioner');
    const page = {
      ...bundle(['a']),
      entry: [{ fullUrl: 'urn:uuid:1', resource: { resourceType: 'Observation', id: 'a' } }],
    };
    for (const reference of ['urn:uuid:1', 'Observation/a']) {
      assert.equal((await client.resolve({ reference }, page)).id, 'a');
    }
    assert.equal(asked.length, 0);
    for (const reference of ['Organization/o', `${BASE}/Organization/o`, 'Organization/o/_history/2']) {
      assert.equal((await client.resolve({ reference }, within)).id, 'o');
    }
    for (const reference of [
      'https://elsewhere.example/fhir/Organization/o',
      '#q',
      'urn:uuid:2',
      undefined,
    ]) {
      await assert.rejects(client.resolve(reference === undefined ? {} : { reference }, within), {
        code: 'bad-input',
        field: 'reference',
      });
    }
  });
});

describe('what can be searched', () => {
  it('is what PKB’s own CapabilityStatement lists, resource by resource', () => {
    const statement = JSON.parse(
      readFileSync(new URL('../simulator/live-statement.json', import.meta.url), 'utf8'),
    );
    const listed: Record<string, string[]> = {};
    for (const { type, interaction = [], searchParam = [], searchInclude } of statement.resource) {
      if (!interaction.some(({ code }: { code: string }) => code === 'search-type')) continue;
      const names = searchParam.map(({ name }: { name: string }) => name);
      listed[type] = [...names, ...(searchInclude ? ['_include'] : [])].sort();
    }
    const source = readFileSync(new URL('../../src/fhir/search-parameters.ts', import.meta.url), 'utf8');
    const [, body = ''] = /interface SearchParameters \{\n(.*?)\n\}\n/s.exec(source) ?? [];
    const typed: Record<string, string[]> = {};
    for (const part of body.split(/^ {2}readonly (?=\w+:)/m).slice(1)) {
      const [, type = '', declared = ''] = /^(\w+):(.*)/s.exec(part) ?? [];
      const names = [...declared.matchAll(/readonly '?([\w:-]+)'?\??:/g)].map(([, name = '']) => name);
      const own = names.filter((name) => name !== 'value:exact');
      typed[type] = [...own, ...(declared.includes('OfPatient') ? ['patient'] : [])].sort();
    }
    assert.deepEqual(typed, listed);
    const byPatient = Object.keys(listed).filter((type) => listed[type]?.includes('patient'));
    assert.deepEqual([...SEARCHED_BY_PATIENT].sort(), byPatient.sort());
  });
});
