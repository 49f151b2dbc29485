import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  client,
  codeFor,
  exchange,
  get,
  personCalled,
  read,
  simulatorForTest,
  type Tokens,
  tokensFor,
} from './browser-for-test.ts';

const path = '/json/users/self';

describe('/json/users/self', () => {
  it("has the members of PKB's sample, and the public id in none of them", async () => {
    await using simulator = await simulatorForTest();
    const { publicId } = personCalled(simulator, 'Whitfield');
    const { access_token } = await tokensFor(simulator, publicId);
    const response = await get(simulator, path, access_token);
    assert.equal(response.headers.get('content-type'), 'application/json');
    const text = await response.text();
    assert.equal(text.includes(publicId), false);
    assert.deepEqual(JSON.parse(text), {
      id: '6927211',
      userType: null,
      heightCm: '181',
      heightFeet: '5',
      heightInches: '11',
      heightInchesTotal: '71',
      weightKg: '87',
      weightLbs: '191.8',
      title: 'Mr',
      firstName: 'Thomas',
      lastName: 'Whitfield',
      dob: '1957-11-02',
      dateDeceased: null,
      genderMF: 'm',
      gender: 'M',
      email: 'thomas.whitfield@example.com',
      phone: '',
      address1: '14 Ropewalk Lane',
      address2: '',
      city: 'Kingsmere',
      state: 'Northshire',
      postalCode: 'ZZ99 3VZ',
      country: 'GB-ENG',
      jobTitle: null,
      organizationName: null,
      teamName: null,
      nationalIds: [{ value: '9996137856', name: 'NHS number', countryCodes: ['GB-ENG', 'GB-WLS'] }],
      orgLevelIds: null,
      teamLevelIds: null,
      contacts: [
        {
          id: '16927211',
          contactType: 'EMAIL',
          contactValue: 'thomas.whitfield@example.com',
          phoneUseType: null,
          primary: true,
          confirmed: true,
        },
      ],
      patient: true,
    });
  });

  it('has null where somebody has no national number', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator, personCalled(simulator, 'Demir').publicId);
    const { nationalIds } = await read<{ nationalIds: unknown }>(await get(simulator, path, access_token));
    assert.equal(nationalIds, null);
  });

  it('is for the scope PATIENT', async () => {
    await using simulator = await simulatorForTest({
      clients: [{ ...client, scopes: ['PATIENT', 'CLINICIAN'] }],
    });
    const { publicId } = personCalled(simulator, 'Castellane');
    const code = await codeFor(simulator, publicId, { scope: undefined });
    const tokens = await read<Tokens>(await exchange(simulator, code));
    assert.equal(tokens.scope, 'CLINICIAN');
    const refused = await get(simulator, path, tokens.access_token);
    assert.equal(refused.status, 403);
    assert.equal(await refused.text(), "User type CLINICIAN can't execute API call requiring scope PATIENT");
  });

  it('says that a professional who was let through is no patient', async () => {
    await using simulator = await simulatorForTest({ toggles: { wrongUserType: 'issue-tokens' } });
    const { access_token } = await tokensFor(simulator, personCalled(simulator, 'Castellane').publicId);
    assert.equal((await read<{ patient: boolean }>(await get(simulator, path, access_token))).patient, false);
  });

  it('refuses in the style of the toggle', async () => {
    await using simulator = await simulatorForTest();
    const text = await get(simulator, path);
    assert.deepEqual([text.status, await text.text()], [401, 'Bad authentication']);
    simulator.toggles.restErrorStyle = 'json';
    assert.deepEqual(await (await get(simulator, path)).json(), {
      error: 'BAD_AUTHENTICATION',
      message: 'Bad authentication',
    });
    simulator.toggles.restErrorStyle = 'html';
    assert.match((await get(simulator, path)).headers.get('content-type') ?? '', /^text\/html/);
  });
});
