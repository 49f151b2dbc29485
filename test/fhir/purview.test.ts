import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultError, IdentityConflictError } from '../../src/errors.ts';
import { createFhir } from '../../src/fhir/pkb.ts';
import { readPurview } from '../../src/fhir/purview.ts';

const BASE = 'https://pkb.example/fhir';
const ID = '1b9f5a04-6c1e-4bb5-9a6e-0d3a1f2c4b5d';

function parameters(reference: unknown) {
  return { resourceType: 'Parameters', parameter: [{ name: 'purview', valueReference: { reference } }] };
}

describe('$purview', () => {
  for (const reference of [
    `Patient/${ID}`,
    `Patient/${ID.toUpperCase()}`,
    `Patient/${ID}/_history/3`,
    `${BASE}/Patient/${ID}`,
    `${BASE}/Patient/${ID}/_history/3`,
  ]) {
    it(`finds the public id in ${reference}`, () => {
      assert.equal(readPurview(parameters(reference), BASE), ID);
    });
  }

  for (const reference of [
    `Organization/${ID}`,
    `Practitioner/${ID}`,
    'Patient/7329844',
    'Patient/',
    ID,
    `https://elsewhere.example/fhir/Patient/${ID}`,
    `https://pkb.example.evil.example/fhir/Patient/${ID}`,
    `Patient/${ID}/_history/3/more`,
    `Practitioner/Patient/${ID}`,
    `urn:uuid:${ID}`,
  ]) {
    it(`refuses ${reference}`, () => {
      assert.throws(
        () => readPurview(parameters(reference), BASE),
        (failure) => failure instanceof IdentityConflictError && failure.code === 'not-a-patient',
      );
    });
  }

  it('does not choose between two references, and does not guess where there is none', () => {
    const [parameter] = parameters(`Patient/${ID}`).parameter;
    for (const list of [[parameter, parameter], [], undefined, [null], [{ name: 'other' }]]) {
      assert.throws(() => readPurview({ resourceType: 'Parameters', parameter: list }, BASE), FaultError);
    }
  });

  it('asks by GET, by POST where GET is refused, and remembers what worked', async () => {
    const verbs: string[] = [];
    const fhir = createFhir(BASE, () => new Date());
    const send = async (_url: string, init: RequestInit = {}) => {
      verbs.push(init.method ?? 'GET');
      return init.method === 'POST'
        ? Response.json(parameters(`Patient/${ID}`))
        : new Response('', { status: 405 });
    };
    assert.equal(await fhir.purview(send), ID);
    assert.equal(await fhir.purview(send), ID);
    assert.deepEqual(verbs, ['GET', 'POST', 'POST']);
  });

  it('reads an answer of another resource type as nothing that it can use', async () => {
    const fhir = createFhir(BASE, () => new Date());
    await assert.rejects(
      fhir.purview(async () => Response.json({ resourceType: 'Bundle' })),
      FaultError,
    );
    await assert.rejects(
      fhir.purview(async () => new Response('<html>')),
      FaultError,
    );
  });
});
