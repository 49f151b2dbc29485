import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browser, location, startPages } from './pages-for-test.ts';

describe('the guide to a record', () => {
  it('leads from each answer to the way that fits, and asks again where there is none', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    for (const [have, leads] of [
      ['login', '/pkb/ways/login'],
      ['codes', '/pkb/ways/codes'],
      ['email', '/pkb/ways/email'],
      ['nhs-app', '/pkb/ways/nhs-app'],
      ['nhs-login', '/pkb/ways/nhs-login'],
      ['none', '/pkb/no-record'],
    ] as const) {
      assert.equal(location(await patient.get(`/pkb/not-sure?asked=yes&have=${have}`)), leads);
    }
    for (const unanswered of ['', '&have=', '&have=nonsense']) {
      const answer = await patient.get(`/pkb/not-sure?asked=yes${unanswered}`);
      assert.equal(answer.status, 400);
      const text = await answer.text();
      assert.match(
        text,
        /<title>Error: [\s\S]*role="alert"[\s\S]*tabindex="-1" autofocus>[\s\S]*href="#login"/,
      );
    }
    await app.close();
  });

  it('gives each way its own address, what it needs, and the way back', async () => {
    const { pages, app } = await startPages();
    for (const [way, address, needed] of [
      ['nhs-login', 'https://my.patientsknowbest.com', /16 or over and live in England or Wales/],
      ['nhs-app', 'https://www.nhs.uk/nhs-app/', /NHS App on your phone/],
      ['codes', 'https://joinpkb.com', /invitation code and the access code/],
      ['email', 'https://my.patientsknowbest.com', /junk mail/],
      ['team', 'https://support.patientsknowbest.com', /Your own email address/],
      ['login', 'https://my.patientsknowbest.com/forgotPasswordForm.action', /email address and password/],
    ] as const) {
      const text = await (await browser(pages).get(`/pkb/ways/${way}`)).text();
      assert.ok(text.includes(`href="${address}"`), way);
      assert.match(text, needed);
      assert.match(text, /class="button" href="\/pkb\/start"/);
    }
    assert.equal((await browser(pages).get('/pkb/ways/constructor')).status, 404);
    await app.close();
  });

  it('needs no account and sets no cookie', async () => {
    const { pages, app, world } = await startPages();
    world.appUserId = undefined;
    for (const path of ['no-record', 'not-sure', 'ways/codes']) {
      const answer = await browser(pages).get(`/pkb/${path}`);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
    await app.close();
  });
});
