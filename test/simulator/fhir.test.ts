import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  amara,
  client,
  codeIn,
  get,
  personCalled,
  read,
  simulatorForTest,
  tokensFor,
} from './browser-for-test.ts';
import live from './live-statement.json' with { type: 'json' };

const purview = '/fhir/Consent/$purview';
const nhsNumber = 'https://fhir.nhs.uk/Id/nhs-number';

async function referenceIn(response: Response): Promise<string | undefined> {
  const body = await read<{ parameter?: { valueReference: { reference: string } }[] }>(response);
  return body.parameter?.[0]?.valueReference.reference;
}

describe('$purview', () => {
  it('names the patient behind the token, however the dollar is written', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator);
    for (const path of [purview, '/fhir/Consent/%24purview']) {
      const response = await get(simulator, path, access_token);
      assert.equal(response.headers.get('content-type'), 'application/fhir+json');
      assert.deepEqual(await response.json(), {
        resourceType: 'Parameters',
        parameter: [{ name: 'purview', valueReference: { reference: `Patient/${amara(simulator)}` } }],
      });
    }
  });

  it('answers the methods of the toggle', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator);
    const send = (body: string, type = 'application/fhir+json') =>
      get(simulator, purview, undefined, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${access_token}`, 'content-type': type },
      });
    const refused = await send('{"resourceType":"Parameters"}');
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD']);
    simulator.toggles.purviewVerb = 'post';
    assert.equal((await get(simulator, purview, access_token)).status, 405);
    assert.equal(
      await referenceIn(await send('{"resourceType":"Parameters"}')),
      `Patient/${amara(simulator)}`,
    );
    assert.equal((await send('{"resourceType":"Patient"}')).status, 400);
    assert.equal((await send('null')).status, 400);
    assert.equal((await send('a=b', 'application/x-www-form-urlencoded')).status, 415);
    simulator.toggles.purviewVerb = 'both';
    assert.equal((await get(simulator, purview, access_token)).status, 200);
  });

  it('writes the reference as the toggle says', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator);
    const id = amara(simulator);
    const expected = {
      relative: `Patient/${id}`,
      absolute: `${simulator.url}/fhir/Patient/${id}`,
      versioned: `Patient/${id}/_history/1`,
      organization: `Organization/${id}`,
      practitioner: `Practitioner/${id}`,
      'not-a-uuid': 'Patient/4194864',
      missing: undefined,
    } as const;
    for (const [form, reference] of Object.entries(expected) as [
      keyof typeof expected,
      string | undefined,
    ][]) {
      simulator.toggles.purviewReference = form;
      assert.equal(await referenceIn(await get(simulator, purview, access_token)), reference);
    }
  });

  it('names the team of a professional who was let through', async () => {
    await using simulator = await simulatorForTest({ toggles: { wrongUserType: 'issue-tokens' } });
    const { publicId, teamId } = personCalled(simulator, 'Castellane');
    const { access_token } = await tokensFor(simulator, publicId);
    assert.equal(await referenceIn(await get(simulator, purview, access_token)), `Organization/${teamId}`);
    assert.equal(
      await codeIn(await get(simulator, `/fhir/Patient/${publicId}`, access_token)),
      'NO_ASSOCIATION',
    );
  });
});

describe('refused API calls', () => {
  it('say so with a response code', async () => {
    await using simulator = await simulatorForTest();
    for (const authorization of ['', 'Bearer', 'Bearer unknown', 'Basic YTpi']) {
      const response = await get(simulator, purview, undefined, { headers: { authorization } });
      assert.deepEqual([response.status, await codeIn(response)], [401, 'BAD_AUTHENTICATION'], authorization);
      assert.equal(response.headers.get('www-authenticate'), null);
    }
    const frozen = await tokensFor(simulator, personCalled(simulator, 'Prentice').publicId);
    const refused = await get(simulator, purview, frozen.access_token);
    assert.deepEqual([refused.status, await codeIn(refused)], [403, 'ACCESS_FROZEN_OUTWARD']);
  });

  it('come in the style of the toggle', async () => {
    await using simulator = await simulatorForTest({
      toggles: { apiErrorStyle: '403-operation-outcome', wwwAuthenticate: true },
    });
    const coded = await get(simulator, purview);
    assert.deepEqual([coded.status, coded.headers.get('www-authenticate')], [403, null]);
    simulator.toggles.apiErrorStyle = '401-empty';
    const empty = await get(simulator, purview);
    assert.deepEqual([empty.status, await empty.text()], [401, '']);
    assert.match(empty.headers.get('www-authenticate') ?? '', /^Bearer .*invalid_token/);
    simulator.toggles.apiErrorStyle = '401-html';
    assert.match((await get(simulator, purview)).headers.get('content-type') ?? '', /^text\/html/);
  });
});

describe('Patient', () => {
  it('reads the own record and no other', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator);
    const own = await get(simulator, `/fhir/Patient/${amara(simulator)}`, access_token);
    assert.deepEqual(await own.json(), {
      resourceType: 'Patient',
      id: amara(simulator),
      extension: [
        { url: 'http://fhir.patientsknowbest.com/structuredefinition/sharing-disabled', valueBoolean: false },
      ],
      identifier: [{ system: nhsNumber, value: '9995924226' }],
      name: [{ family: 'Okafor', given: ['Amara', 'Chidinma'], prefix: ['Ms'] }],
      telecom: [
        { system: 'email', value: 'amara.okafor@example.com' },
        { system: 'phone', value: '07700 900123' },
      ],
      gender: 'female',
      birthDate: '1984-03-11',
      deceasedBoolean: false,
      address: [
        {
          line: ['14 Ropewalk Lane'],
          city: 'Kingsmere',
          state: 'Northshire',
          postalCode: 'ZZ99 3VZ',
          country: 'GB-ENG',
        },
      ],
    });
    for (const id of [personCalled(simulator, 'Whitfield').publicId, 'unknown']) {
      const refused = await get(simulator, `/fhir/Patient/${id}`, access_token);
      assert.deepEqual([refused.status, await codeIn(refused)], [403, 'NO_ASSOCIATION']);
    }
    assert.equal((await get(simulator, `/fhir/Patient/${amara(simulator)}`)).status, 401);
  });

  it('is found by NHS number only, and only by whom it belongs to', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator);
    const search = (query: string) => get(simulator, `/fhir/Patient${query}`, access_token);
    const found = await read<{ type: string; total: number; entry: { resource: { id: string } }[] }>(
      await search(`?identifier=${nhsNumber}%7C9995924226`),
    );
    assert.deepEqual(
      [found.type, found.total, found.entry[0]?.resource.id],
      ['searchset', 1, amara(simulator)],
    );

    const others = await read<object>(await search(`?identifier=${nhsNumber}|9996137856`));
    assert.deepEqual(
      { ...others, link: [] },
      { resourceType: 'Bundle', type: 'searchset', total: 0, link: [] },
    );

    for (const query of [
      '',
      '?identifier=9995924226',
      `?identifier=http://fhir.patientsknowbest.com/id/public-id|${amara(simulator)}`,
      `?identifier=${nhsNumber}|9995924226,${nhsNumber}|9996137856`,
      `?identifier=${nhsNumber}|9995924226&identifier=${nhsNumber}|9995924226`,
      `?identifier:exact=${nhsNumber}|9995924226`,
      `?identifier=${nhsNumber}|9995924226&family=Okafor`,
    ]) {
      assert.equal((await search(query)).status, 400, query);
    }
  });
});

describe('metadata', () => {
  it('agrees with the live statement about what is here, without a token', async () => {
    await using simulator = await simulatorForTest();
    const response = await get(simulator, '/fhir/metadata');
    assert.equal(response.headers.get('content-type'), 'application/fhir+json');
    const { implementation, rest, ...said } = await read<{
      implementation: { url: string };
      rest: { mode: string; resource: unknown; operation: unknown }[];
      [name: string]: unknown;
    }>(response);
    const { resource, operation, ...top } = live;
    assert.deepEqual({ ...said, ...top }, said);
    // Left out on purpose: Person, and every operation but $purview, none of which a patient may call.
    assert.deepEqual(rest, [
      {
        mode: 'server',
        resource: resource.filter(({ type }) => type !== 'Person'),
        operation: operation.filter(({ name }) => name === 'purview'),
      },
    ]);
    assert.equal(implementation.url, `${simulator.url}/fhir`);
  });

  it('leads to the definition of $purview', async () => {
    await using simulator = await simulatorForTest();
    const response = await get(simulator, '/fhir/OperationDefinition/Consent-t-purview');
    const definition = await read<Record<string, unknown>>(response);
    assert.deepEqual(
      [definition.url, definition.resource, definition.type, definition.idempotent],
      ['http://fhir.patientsknowbest.com/operation/purview', ['Consent'], true, true],
    );
    assert.equal((await get(simulator, '/fhir/OperationDefinition/Other')).status, 404);
  });

  it('names the public origin where there is one', async () => {
    await using simulator = await simulatorForTest({ origin: 'https://pkb.example.com/', clients: [client] });
    const response = await fetch(`http://127.0.0.1:${simulator.port}/fhir/metadata`);
    const { implementation } = await read<{ implementation: { url: string } }>(response);
    assert.equal(implementation.url, 'https://pkb.example.com/fhir');
  });
});

describe('what is not there', () => {
  it('is refused in the shape of its API', async () => {
    await using simulator = await simulatorForTest();
    const unknown = await get(simulator, '/fhir/Medication');
    assert.deepEqual([unknown.status, unknown.headers.get('content-type')], [404, 'application/fhir+json']);
    const rest = await get(simulator, '/json/users/other');
    assert.deepEqual([rest.status, rest.headers.get('content-type')], [404, 'application/json']);
    const written = await get(simulator, '/fhir/Patient', undefined, { method: 'PUT' });
    assert.deepEqual([written.status, written.headers.get('allow')], [405, 'GET, HEAD']);
    assert.equal((await get(simulator, '/.well-known/oauth-authorization-server')).status, 404);
  });
});
