import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { namedPeople as people } from '../../src/simulator/people/named.ts';
import { post } from '../flow/story.ts';
import { folder, run, start, takenPort } from './command-line.ts';

const CALLBACK = 'http://localhost:3000/callback';
const CLIENT = ['--client-id', 'mine', '--redirect-uri', CALLBACK];

describe('simulate', () => {
  it('serves its page and FHIR metadata, and ends with 0 when it is told to stop', async (t) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { url, child, ended } = await start(t, ['simulate', '--port', '0']);
      const page = await fetch(url);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /Okafor/);
      assert.equal((await fetch(`${url}/fhir/metadata`)).status, 200);
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      assert.deepEqual([code, stderr], [0, '']);
      const { control_url, ...said } = JSON.parse(stdout);
      assert.deepEqual(said, { url, client_id: 'example-app' });
      assert.match(control_url, /^http:\/\/localhost:\d+$/);
    }
  });

  it('knows after a restart the tokens that it issued before, where it keeps its state', async (t) => {
    const data = join(await folder(t), 'pkb.json');
    const args = ['simulate', '--port', '0', '--data', data, ...CLIENT];
    const first = await start(t, args);
    const accessToken = await grantedToken(first.url);
    first.child.kill('SIGTERM');
    assert.equal((await first.ended).code, 0);

    const second = await start(t, args);
    const self = (url: string) =>
      fetch(`${url}/json/users/self`, { headers: { authorization: `Bearer ${accessToken}` } });
    assert.equal((await self(second.url)).status, 200);
    const forgetful = await start(t, ['simulate', '--port', '0', ...CLIENT]);
    assert.equal((await self(forgetful.url)).status, 401);
  });

  it('behaves as its profile and toggles say, has as many people as asked, and its control pages beside it', async (t) => {
    const { url, child, ended } = await start(t, [
      ...['simulate', '--port', '0', '--profile', 'strict', '--toggle', 'rateLimit=7', 'purviewVerb=both'],
      ...['--seed', 'a town', '--patients', '300'],
    ]);
    const page = await (await fetch(url)).text();
    assert.match(page, /<td>7<\/td><td>off<\/td>/);
    assert.match(page, /<td>both<\/td><td>get<\/td>/);
    assert.match(page, /<td>required<\/td><td>ignored<\/td>/);
    assert.match(page, /301 others are worked out from the seed <code>a town<\/code>/);
    child.kill('SIGTERM');
    await ended;
    const without = await start(t, ['simulate', '--port', '0', '--no-control']);
    without.child.kill('SIGTERM');
    assert.equal(JSON.parse((await without.ended).stdout).control_url, null);
  });

  it('names the option and the remedy in one line for what it cannot use', async (t) => {
    const port = await takenPort(t);
    const spoilt = join(await folder(t), 'spoilt.json');
    await writeFile(spoilt, '{');
    const mistakes: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['--port', port], 78, /^pkb-link: --port: \d+ is in use: choose another \[bad-configuration\]\n$/],
      [['--data', spoilt], 78, /^pkb-link: --data: .*delete it to start afresh \[bad-configuration\]\n$/],
      [['--data', '/dev/null/pkb.json'], 78, /^pkb-link: --data: .*\/dev\/null.* \[bad-configuration\]\n$/],
      [['--control-port', port], 78, /^pkb-link: --control-port: \d+ is in use: .* \[bad-configuration\]\n$/],
      [['--profile', 'kind'], 2, /^pkb-link: there is no profile kind \[bad-input\]\n$/],
      [['--toggle', 'pkce=maybe'], 2, /^pkb-link: pkce must be ignored, .* \[bad-input\]\n$/],
      [['--patients', 'many'], 2, /^pkb-link: patients must be a whole number .* \[bad-input\]\n$/],
      [['--redirect-uri', 'nonsense'], 2, /^pkb-link: .*redirect URI "nonsense" must be.* \[bad-input\]\n$/],
    ];
    const ended = await Promise.all(mistakes.map(([args]) => run(['simulate', '--port', '0', ...args])));
    for (const [place, { code, stdout, stderr }] of ended.entries()) {
      const [, expected, message = /^$/] = mistakes[place] ?? [];
      assert.deepEqual([code, stdout], [expected, ''], stderr);
      assert.match(stderr, message);
    }
  });
});

/** A patient's way through PKB, and the access token at its end. */
async function grantedToken(url: string): Promise<string> {
  const at = new URL('/apiAuthorize.action', url);
  at.search = new URLSearchParams({
    response_type: 'code',
    client_id: 'mine',
    redirect_uri: CALLBACK,
    scope: 'PATIENT',
    state: 'state-of-the-command-line-test',
  }).toString();
  const logIn = await (await fetch(at)).text();
  const question = await (await post(at, logIn, { person: people[0]?.publicId ?? '' })).text();
  const back = await post(at, question, { answer: 'approve' });
  const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const answer = await fetch(new URL('/apiToken.action', url), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'mine',
      redirect_uri: CALLBACK,
      code,
    }),
  });
  assert.equal(answer.status, 200);
  return ((await answer.json()) as { access_token: string }).access_token;
}
