import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { App } from '../../src/app.ts';
import { account } from '../../src/flow/account.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { request } from '../../src/flow/request.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { APP_USER_ID, linked, proposed, type Story, story } from './story.ts';

const WHO = { appUserId: APP_USER_ID };

function onDisk(): string {
  return `file:${join(mkdtempSync(join(tmpdir(), 'pkb-link-')), 'links.db')}`;
}

function refreshes({ simulator }: Story): number {
  return simulator
    .received('token')
    .filter(({ body }) => typeof body === 'object' && body.grant_type === 'refresh_token').length;
}

async function health(app: App) {
  return (await account(app, WHO)).link?.health;
}

/** Works at PKB: the access token is one that it issued and that has not ended. */
async function works(s: Story, accessToken: string): Promise<boolean> {
  const { restBaseUrl } = s.app.provider.settings;
  const answer = await fetch(`${restBaseUrl}/users/self`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  return answer.status === 200;
}

describe('refresh', () => {
  it('hands out the access token as long as it is good', async (t) => {
    const s = await story(t);
    await linked(s);
    const first = await refresh(s.app, WHO);
    s.advance(1439);
    assert.equal((await refresh(s.app, WHO)).accessToken, first.accessToken);
    assert.equal(refreshes(s), 0);
  });

  it('replaces it a little before its end, and asks for the scope that was granted', async (t) => {
    const s = await story(t);
    await linked(s);
    const first = await refresh(s.app, WHO);
    s.advance(1621);
    const second = await refresh(s.app, WHO);
    assert.notEqual(second.accessToken, first.accessToken);
    assert.ok(await works(s, second.accessToken));
    assert.equal(second.expiresAt.getTime(), s.app.now().getTime() + 1_800_000);
    const body = s.simulator.received('token').at(-1)?.body as Record<string, string>;
    assert.deepEqual(Object.keys(body).sort(), ['client_id', 'grant_type', 'refresh_token', 'scope']);
    assert.equal(body.scope, 'PATIENT');
  });

  it('refreshes once for 200 callers in two processes, and gives all of them the same token', async (t) => {
    const s = await story(t, { databaseUrl: onDisk() });
    const other = await s.another();
    await linked(s);
    s.advance(1801);
    s.simulator.next('token', { delayMs: 300 });
    const callers = Array.from({ length: 200 }, (_, i) => refresh(i % 2 ? s.app : other, WHO));
    const tokens = new Set((await Promise.all(callers)).map(({ accessToken }) => accessToken));
    assert.equal(tokens.size, 1);
    assert.equal(refreshes(s), 1);
    assert.ok(await works(s, [...tokens][0] ?? ''));
  });

  it('goes on for a hundred lives', async (t) => {
    const s = await story(t);
    await linked(s);
    for (let life = 0; life < 100; life += 1) {
      s.advance(1801);
      assert.ok(await works(s, (await refresh(s.app, WHO)).accessToken));
    }
    assert.equal(refreshes(s), 100);
  });

  it('serves the old token while it is good and PKB cannot refresh', async (t) => {
    const s = await story(t);
    await linked(s);
    const { accessToken } = await refresh(s.app, WHO);
    s.advance(1780);
    for (const answer of [
      { status: 503 },
      { status: 200, body: '<html>' },
      { status: 401, body: { error: 'invalid_client' } },
    ]) {
      s.simulator.next('token', answer);
      assert.equal((await refresh(s.app, WHO)).accessToken, accessToken);
    }
    assert.equal((await account(s.app, WHO)).link?.state, 'active');
  });

  it('changes nothing, and says who must act, where the old token is over too', async (t) => {
    const s = await story(t);
    await linked(s);
    s.advance(1801);
    for (const [answer, name] of [
      [{ status: 429, headers: { 'retry-after': '9' } }, 'UpstreamUnavailableError'],
      [{ status: 401, body: { error: 'invalid_client' } }, 'ConfigurationError'],
      [{ status: 404, body: '' }, 'ConfigurationError'],
    ] as const) {
      s.simulator.next('token', answer);
      await assert.rejects(refresh(s.app, WHO), { name });
      assert.equal((await account(s.app, WHO)).link?.state, 'active');
      assert.equal(await health(s.app), 'fresh');
      s.advance(400);
    }
    assert.ok(await works(s, (await refresh(s.app, WHO)).accessToken));
  });

  it('is unsure after an answer that never came, and keeps the old token in use to its end', async (t) => {
    const s = await story(t);
    await linked(s);
    const { accessToken } = await refresh(s.app, WHO);
    s.advance(1780);
    s.simulator.next('token', { drop: 'before-acting' });
    assert.equal((await refresh(s.app, WHO)).accessToken, accessToken);
    assert.equal(await health(s.app), 'unsure');
    assert.equal((await refresh(s.app, WHO)).accessToken, accessToken);
    assert.equal(refreshes(s), 1, 'the refresh token is not shown again while the old access token lives');
    s.advance(30);
    assert.ok(await works(s, (await refresh(s.app, WHO)).accessToken));
    assert.equal(await health(s.app), 'fresh');
    assert.equal(refreshes(s), 2);
  });

  it('ends the grant only where PKB says so: an answer was lost after the token was spent', async (t) => {
    const s = await story(t);
    const { id } = await linked(s);
    s.advance(1801);
    s.simulator.next('token', { drop: 'after-acting' });
    await assert.rejects(refresh(s.app, WHO), { name: 'UpstreamUnavailableError' });
    assert.equal(await health(s.app), 'unsure');
    await assert.rejects(refresh(s.app, WHO), { name: 'UpstreamUnavailableError' });
    assert.equal(refreshes(s), 1, 'not asked again at once');
    s.advance(2);
    await assert.rejects(refresh(s.app, WHO), { name: 'ReauthorizationRequired' });
    const after = await account(s.app, WHO);
    assert.equal(after.link?.state, 'reauthorization_required');
    assert.equal(after.nextAction, 'reauthorize');
    assert.equal(await s.app.store.findGrant(id), undefined);
    await assert.rejects(refresh(s.app, WHO), { name: 'ReauthorizationRequired' });
    assert.equal(refreshes(s), 2);
  });

  for (const [how, code] of [
    ['expired', 'api-session-expired'],
    ['invalid', 'api-session-invalid'],
  ] as const) {
    it(`asks for a new grant once the API session is ${how}, and the same link lives on with it`, async (t) => {
      const s = await story(t, { toggles: { tokenErrorStyle: 'operation-outcome' } });
      const { id, publicId } = await linked(s);
      s.simulator.admin.endSession({ publicId }, how);
      s.advance(1801);
      await assert.rejects(refresh(s.app, WHO), { name: 'ReauthorizationRequired', code });
      assert.equal((await account(s.app, WHO)).link?.reason, code);
      const renewed = await proposed(s);
      assert.equal(renewed.id, id);
      assert.equal(renewed.state, 'active');
      assert.ok(!('reason' in renewed));
      assert.ok(await works(s, (await refresh(s.app, WHO)).accessToken));
    });
  }

  it('uses the last access token to its end where PKB gives no more refresh tokens', async (t) => {
    const s = await story(t, { client: { sessionSeconds: 2000 } });
    await linked(s);
    s.advance(1790);
    const last = await refresh(s.app, WHO);
    const { link } = await account(s.app, WHO);
    assert.equal(link?.refreshable, false);
    s.advance(190);
    assert.equal((await refresh(s.app, WHO)).accessToken, last.accessToken);
    s.advance(3000);
    await assert.rejects(refresh(s.app, WHO), { code: 'no-refresh-token' });
  });

  it('keeps its refresh token where the provider says that it is reusable', async (t) => {
    const s = await story(t, {
      toggles: { refreshRotation: 'omit' },
      app: { provider: { refreshTokenReusable: true } },
    });
    await linked(s);
    for (let life = 0; life < 3; life += 1) {
      s.advance(1801);
      assert.ok(await works(s, (await refresh(s.app, WHO)).accessToken));
    }
  });

  it('is not for a proposal, a stranger or an unlinked account', async (t) => {
    const s = await story(t);
    await assert.rejects(refresh(s.app, WHO), { code: 'unknown-link' });
    await proposed(s);
    await assert.rejects(refresh(s.app, WHO), { code: 'unknown-link' });
    await unlink(s.app, WHO);
    await assert.rejects(refresh(s.app, WHO), { code: 'unknown-link' });
  });

  it('does not bring back a link that was unlinked while PKB was answering', async (t) => {
    const s = await story(t);
    await linked(s);
    s.advance(1801);
    s.simulator.next('token', { delayMs: 200 });
    const refreshing = refresh(s.app, WHO);
    while (refreshes(s) === 0) await new Promise((resolve) => setImmediate(resolve));
    await unlink(s.app, WHO);
    await assert.rejects(refreshing, { code: 'unknown-link' });
    assert.equal((await account(s.app, WHO)).link, undefined);
  });
});

describe('request', () => {
  const self = (s: Story) => ({ ...WHO, url: `${s.app.provider.settings.restBaseUrl}/users/self` });
  const purview = { ...WHO, url: '/fhir/Consent/$purview' };

  it("calls PKB for the patient and hands on PKB's answer", async (t) => {
    const s = await story(t);
    const { publicId } = await linked(s);
    const answer = await request(s.app, {
      ...WHO,
      url: `/fhir/Patient/${publicId}`,
      headers: { accept: 'application/fhir+json' },
    });
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { id: string }).id, publicId);
    assert.equal(s.simulator.received('patient')[0]?.headers.accept, 'application/fhir+json');
  });

  it("hands on PKB's refusal of what was asked for, and leaves the link alone", async (t) => {
    const s = await story(t);
    await linked(s);
    const answer = await request(s.app, {
      ...WHO,
      url: '/fhir/Patient/6dee6de8-dc55-4609-9a99-90ce2e0c7ec5',
    });
    assert.ok(answer.status === 403 || answer.status === 404, String(answer.status));
    assert.equal(((await answer.json()) as { resourceType: string }).resourceType, 'OperationOutcome');
    assert.equal((await account(s.app, WHO)).link?.state, 'active');
  });

  for (const apiErrorStyle of [
    '401-operation-outcome',
    '403-operation-outcome',
    '401-empty',
    '401-html',
  ] as const) {
    it(`refreshes and asks again once where the token is refused by ${apiErrorStyle}`, async (t) => {
      const s = await story(t, { toggles: { apiErrorStyle } });
      await linked(s);
      // The App's clock runs behind PKB's: it takes the token for good and PKB does not.
      s.simulator.clock.advance(1_801_000);
      const answer = await request(s.app, self(s));
      assert.equal(answer.status, 200);
      assert.equal(refreshes(s), 1);
      assert.equal(s.simulator.received('users-self').length, 2);
    });
  }

  it('never sends a write twice', async (t) => {
    const s = await story(t, { toggles: { purviewVerb: 'both' } });
    await linked(s);
    const before = s.simulator.received('purview').length;
    s.simulator.next('purview', { status: 401, body: '' });
    const answer = await request(s.app, { ...purview, method: 'POST', body: '{}' });
    assert.equal(answer.status, 401);
    assert.equal(s.simulator.received('purview').length, before + 1);
  });

  it('does not ask for ever where every token is refused', async (t) => {
    const s = await story(t);
    await linked(s);
    for (let i = 0; i < 3; i += 1) s.simulator.next('users-self', { status: 401, body: '' });
    assert.equal((await request(s.app, self(s))).status, 401);
    assert.equal(s.simulator.received('users-self').length, 2);
    assert.equal((await account(s.app, WHO)).link?.state, 'active');
  });

  it('suspends the link while access is frozen, keeps the tokens, and recovers by itself', async (t) => {
    const s = await story(t);
    const { id, publicId } = await linked(s);
    s.simulator.admin.freeze(publicId, true);
    await assert.rejects(request(s.app, purview), { name: 'AccessRefusedError', code: 'access-frozen' });
    assert.equal((await account(s.app, WHO)).nextAction, 'wait');
    await assert.rejects(request(s.app, purview), { code: 'access-frozen' });
    s.simulator.admin.freeze(publicId, false);
    assert.equal((await request(s.app, purview)).status, 200);
    assert.equal((await account(s.app, WHO)).link?.state, 'active');
    const events = await s.app.store.listEvents(id);
    assert.deepEqual(events.map(({ type }) => type).slice(2), ['link.suspended', 'link.recovered']);
  });

  it('ends the grant where PKB says that the API session is over', async (t) => {
    const s = await story(t);
    const { publicId } = await linked(s);
    s.simulator.admin.endSession({ publicId }, 'invalid');
    await assert.rejects(request(s.app, self(s)), {
      name: 'ReauthorizationRequired',
      code: 'api-session-invalid',
    });
    assert.equal((await account(s.app, WHO)).nextAction, 'reauthorize');
  });

  it('sends a token to no address but PKB’s two APIs', async (t) => {
    const s = await story(t);
    await linked(s);
    const { url } = s.simulator;
    for (const elsewhere of [
      'https://evil.example/fhir/Patient',
      `${url}/apiToken.action`,
      `${url}/fhirx/`,
      '/fhir/../apiToken.action',
      `${url}@evil.example/fhir/`,
      '',
      'javascript:1',
    ]) {
      await assert.rejects(
        request(s.app, { ...WHO, url: elsewhere }),
        { code: 'bad-input', field: 'url' },
        elsewhere,
      );
    }
  });
});
