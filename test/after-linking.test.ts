import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openBrowser } from '../apps/partner/browser.ts';
import { startHosted } from './hosted.ts';

const page = readFileSync(new URL('../docs/after-linking.md', import.meta.url), 'utf8');
const [read = '', token = '', add = '', ...more] = [...page.matchAll(/```sh\n(.*?)```/gs)].map(
  ([, block = '']) => block,
);

interface Arrived {
  readonly to: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function run(block: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-euc', block], {
    env: { PATH: process.env.PATH, ...env },
  });
  return stdout;
}

describe('docs/after-linking.md', () => {
  it('reads who was linked, and sends it to where a system adds a patient', async (t) => {
    assert.equal(more.length, 0, 'a block that nothing runs');
    const hosted = await startHosted(t);
    const arrived: Arrived[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      arrived.push({ to: `${request.method} ${request.url}`, headers: request.headers, body });
      response.end('Arrived');
    });
    server.listen(Number(new URL(hosted.appUrl).port), 'localhost');
    t.after(() => server.close());

    const made = await hosted.ask('POST', '/v1/link-sessions', {
      app_user_id: 'ada',
      return_url: `${hosted.appUrl}/linked`,
    });
    const browser = openBrowser();
    const start = await browser.open(String(made.body.url));
    const logIn = await browser.press(start, 'Continue to Patients Know Best');
    const question = await browser.press(logIn, 'Log in as Ms Amara Chidinma Okafor');
    const { searchParams } = (await browser.press(question, 'Approve')).url;
    const completed = await hosted.ask('POST', `/v1/link-sessions/${made.body.id}/complete`, {
      app_user_id: 'ada',
      completion: searchParams.get('completion'),
    });
    const confirm = await browser.open(String(completed.body.next_url));
    await browser.press(confirm, 'Yes, this is my record');

    const patient = JSON.parse(
      await run(read, { PKB_LINK_URL: hosted.url, PKB_LINK_API_KEY: hosted.apiKey }),
    );
    const nhsNumber = patient.identifiers.find(({ valid }: { valid: boolean | null }) => valid).value;

    arrived.length = 0;
    await run(token, {
      SYSTEM_CLIENT_ID: 'our-system',
      SYSTEM_CLIENT_SECRET: 'a-secret',
      PKB_SYSTEM_TOKEN_ENDPOINT: `${hosted.appUrl}/api/oauth/token`,
    });
    await run(add, {
      SYSTEM_TOKEN: 'a-token',
      ORGANISATION_ID: '235a397b-0000-4000-8000-000000000000',
      PKB_MESSAGING_URL: `${hosted.appUrl}/phr-fhir`,
      NHS_NUMBER: nhsNumber,
      GIVEN_NAME: patient.given_names[0],
      FAMILY_NAME: patient.family_name,
      GENDER: 'female',
      BIRTH_DATE: patient.birth_date,
    });

    const [asked, added] = arrived;
    assert.ok(asked && added);
    assert.equal(asked.to, 'POST /api/oauth/token');
    assert.equal(asked.headers.authorization, `Basic ${btoa('our-system:a-secret')}`);
    assert.equal(asked.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(asked.body, 'grant_type=client_credentials');

    assert.equal(added.to, 'POST /phr-fhir/Patient/$process-message');
    assert.equal(added.headers.authorization, 'Bearer a-token');
    assert.equal(added.headers['x-org-public-id'], '235a397b-0000-4000-8000-000000000000');
    assert.equal(added.headers['content-type'], 'application/fhir+json');
    assert.deepEqual(JSON.parse(added.body), {
      resourceType: 'Patient',
      identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber }],
      name: [{ given: ['Amara'], family: 'Okafor' }],
      gender: 'female',
      birthDate: patient.birth_date,
    });
  });
});
