import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createApp } from '../../src/app.ts';
import { api } from '../../src/http/api/api.ts';
import { hostedPages } from '../../src/http/pages/hosted-pages.ts';
import { tenants } from '../../src/http/tenants.ts';

const API_KEY = 'key-of-the-partner-0123456789abcdef';

async function tenant(t: TestContext, name: string, origin: string) {
  const app = await createApp({
    environment: 'simulator',
    clientId: name,
    redirectUri: `${origin}/pkb/callback`,
    databaseUrl: 'file::memory:',
    encryptionKeys: `k1:${Buffer.alloc(32, name).toString('base64')}`,
    returnAddresses: [`${origin}/linked`],
  });
  let open = true;
  const close = async () => {
    if (open) await app.close();
    open = false;
  };
  t.after(close);
  const brand = { appName: name, organisation: name, supportContact: 'Call us.' };
  const pages = hostedPages(app, { brand, homeUrl: origin, tenant: name });
  return { name, api: api(app, { apiKey: API_KEY, pagesUrl: pages.url }), pages, close };
}

describe('several tenants', () => {
  it('whose pages have one path on two origins are told apart by the host', async (t) => {
    const answer = tenants([
      await tenant(t, 'acme', 'https://acme.example'),
      await tenant(t, 'birch', 'https://birch.example'),
    ]);
    const at = (host: string) => answer(new Request(`http://${host}/pkb/problem/network`));
    assert.match(await (await at('acme.example')).text(), /acme/);
    const birch = await (await at('birch.example')).text();
    assert.match(birch, /birch/);
    assert.doesNotMatch(birch, /acme/);
    const nobody = await at('10.0.0.7:8080');
    assert.equal(nobody.status, 404);
    assert.equal(nobody.headers.get('content-type'), 'application/problem+json');
  });

  it('are ready when all are; else the one that is not is named', async (t) => {
    const birch = await tenant(t, 'birch', 'https://birch.example');
    const answer = tenants([await tenant(t, 'acme', 'https://acme.example'), birch]);
    const readyz = () => answer(new Request('http://localhost/readyz'));
    assert.equal((await readyz()).status, 200);
    await birch.close();
    const away = await readyz();
    assert.equal(away.status, 503);
    const said = await away.text();
    assert.match(said, /tenant birch/);
    assert.doesNotMatch(said, /acme/);
    assert.equal((await answer(new Request('http://localhost/healthz'))).status, 200);
  });

  it('pass a request on as it came: method, body, headers and query', async (t) => {
    const answer = tenants([await tenant(t, 'acme', 'https://acme.example')]);
    const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
    const made = await answer(
      new Request('http://localhost/acme/v1/link-sessions', {
        method: 'POST',
        headers,
        body: JSON.stringify({ app_user_id: 'ada', return_url: 'https://acme.example/linked' }),
      }),
    );
    assert.equal(made.status, 201, await made.clone().text());
    const refused = await answer(new Request('http://localhost/acme/v1/links?limit=0', { headers }));
    assert.equal(((await refused.json()) as { field: string }).field, 'limit');
    const account = await answer(new Request('http://localhost/acme/v1/links/a%2Fb', { headers }));
    assert.equal(((await account.json()) as { code: string }).code, 'unknown-link');
    for (const path of ['/v1/links', '/acme', '/acmex/v1/links', '/Acme/v1/links']) {
      assert.equal((await answer(new Request(`http://localhost${path}`, { headers }))).status, 404, path);
    }
  });
});
