import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  approve,
  browser,
  linkIdIn,
  location,
  PKB_ORIGIN,
  propose,
  start,
  startPages,
} from './pages-for-test.ts';

describe('connecting a PKB record', () => {
  it('leads from the start page to PKB, back, to "is this your record?" and to a connected record', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    assert.equal(location(await patient.get('/pkb')), '/pkb/start');
    const before = await (await patient.get('/pkb/start')).text();
    assert.match(before, /You have 60 minutes/);
    assert.match(before, /Continue to Patients Know Best/);

    const callback = await approve(patient);
    const finish = location(await patient.get(callback));
    assert.match(finish, /^\/pkb\/finish\?authorization=[0-9a-f-]{36}$/);
    assert.equal(location(await patient.get(finish)), '/pkb/confirm');
    assert.equal(location(await patient.get('/pkb')), '/pkb/confirm');

    const confirm = await (await patient.get('/pkb/confirm')).text();
    for (const shown of ['Ada Okonkwo', '5 March 1987', '999 000 0018'])
      assert.ok(confirm.includes(shown), shown);
    const answered = await patient.post('/pkb/confirm', { linkId: linkIdIn(confirm) });
    assert.equal(location(answered), '/pkb/connected');
    const connected = await (await patient.get('/pkb/connected')).text();
    assert.match(connected, /Your record is connected/);
    assert.match(connected, /href="\/home">Continue/);

    const connection = await patient.get('/pkb');
    assert.equal(connection.status, 200);
    assert.match(await connection.text(), /Ada Okonkwo/);
    await app.close();
  });

  it('sends the browser to the grant screen with a fresh state and nothing about the patient', async () => {
    const { pages, app } = await startPages();
    const url = new URL(location(await start(browser(pages))));
    assert.equal(url.origin, PKB_ORIGIN);
    assert.equal(url.searchParams.get('redirect_uri'), 'https://partner.example/pkb/callback');
    assert.ok(!url.href.includes('account-1'));
    await app.close();
  });

  it('ends in one success for two tabs, and for a click on the same answer twice', async () => {
    const { pages, app, upstream } = await startPages();
    const patient = browser(pages);
    const first = await approve(patient);
    const second = await approve(patient);
    const [a, b, again] = [await patient.get(first), await patient.get(second), await patient.get(first)];
    assert.equal(location(a), location(again));
    for (const answer of [a, b, again]) {
      assert.equal(location(await patient.get(location(answer))), '/pkb/confirm');
    }
    assert.equal(upstream.asked.filter((path) => path === '/apiToken.action').length, 2);
    await app.close();
  });

  it('keeps the way when the patient has to sign in on the way back', async () => {
    const { pages, app, world } = await startPages();
    const patient = browser(pages);
    const callback = await approve(patient);
    world.appUserId = undefined;
    const finish = location(await patient.get(callback));
    assert.equal(location(await patient.get(finish)), `/log-in?then=${encodeURIComponent(finish)}`);
    world.appUserId = 'account-1';
    assert.equal(location(await patient.get(finish)), '/pkb/confirm');
    await app.close();
  });

  it('does not let a link sent to somebody else put their record on this account', async () => {
    const { pages, app, world, upstream } = await startPages();
    const attacker = browser(pages);
    const callback = await approve(attacker);
    world.appUserId = 'account-2';
    const victim = browser(pages);
    assert.match(
      location(await victim.get(callback)),
      /^\/pkb\/problem\/different-browser\?reference=[0-9a-f]{8}$/,
    );
    // Even in the same browser, another account cannot finish it.
    assert.match(location(await attacker.get(callback)), /^\/pkb\/problem\/different-account\?/);
    assert.deepEqual(upstream.asked, []);
    for (const appUserId of ['account-1', 'account-2']) {
      assert.equal(await app.store.findLink(appUserId), undefined);
    }
    const events = await app.store.listAccountEvents('account-1');
    assert.deepEqual(
      events.map(({ type, reason }) => [type, reason]),
      [
        ['link.completion_refused', 'different-browser'],
        ['link.completion_refused', 'different-account'],
      ],
    );
    await app.close();
  });

  it('does not let the last step be finished in another browser, or by another account', async () => {
    const { pages, app, world, upstream } = await startPages();
    const attacker = browser(pages);
    const finish = location(await attacker.get(await approve(attacker)));
    world.appUserId = 'account-2';
    const victim = browser(pages);
    await victim.get('/pkb/start');
    const answer = await victim.get(finish);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /You came back in a different browser/);
    assert.match(await (await attacker.get(finish)).text(), /You are logged in with a different account/);
    assert.deepEqual(upstream.asked, []);
    await app.close();
  });

  it('proposes no record of somebody else than the partner’s app expects', async () => {
    const asked: string[] = [];
    const expected = async (appUserId: string) => {
      asked.push(appUserId);
      return { birthDate: '1901-01-01', familyName: 'Okonkwo' };
    };
    const { pages, app } = await startPages({ pages: { expected } });
    const patient = browser(pages);
    const finish = location(await patient.get(await approve(patient)));
    for (const _ of ['told', 'told again when the page is loaded again']) {
      const refused = await patient.get(finish);
      assert.equal(refused.status, 409);
      const text = await refused.text();
      assert.match(text, /The details do not match/);
      assert.doesNotMatch(text, /1987|1901|Okonkwo/);
    }
    assert.deepEqual([...new Set(asked)], ['account-1']);
    assert.equal(await app.store.findLink('account-1'), undefined);
    await app.close();
  });

  it('leads on to a mobile app’s own address', async () => {
    const { pages, app } = await startPages({ returnAddresses: ['com.example.ridgeway:/linked'] });
    const patient = browser(pages);
    await patient.post('/pkb/confirm', { linkId: linkIdIn(await propose(patient)) });
    const connected = await (await patient.get('/pkb/connected')).text();
    assert.match(connected, /href="com\.example\.ridgeway:\/linked">Continue/);
    await app.close();
  });

  it('answers every failure on the way back with a clean address, the page of which tells what to do', async () => {
    const { pages, app, log } = await startPages();
    const patient = browser(pages);
    const state = new URL(location(await start(patient))).searchParams.get('state');
    const denied = location(await patient.get(`/pkb/callback?error=access_denied&state=${state}`));
    const [, reference] = /^\/pkb\/problem\/access-denied\?reference=([0-9a-f]{8})$/.exec(denied) ?? [];
    assert.deepEqual(
      log.filter(([event]) => event === 'failure'),
      [['failure', { class: 'AuthorizationError', code: 'access-denied', reference }]],
    );
    const page = await patient.get(denied);
    assert.equal(page.status, 400);
    const text = await page.text();
    assert.match(text, /<title>Error: You are not connected - Ridgeway<\/title>/);
    assert.ok(text.includes(`reference: ${reference}`));
    assert.match(text, /href="\/pkb\/start">Start again/);
    for (const odd of ['code=a&code=b&state=c', 'code=%FF&state=c', `code=${'x'.repeat(5000)}&state=c`, '']) {
      assert.match(location(await patient.get(`/pkb/callback?${odd}`)), /^\/pkb\/problem\/bad-input\?/);
    }
    await app.close();
  });

  it('waits while another request is at the exchange, then shows "one moment", and asks PKB only once', async () => {
    const { pages, app, upstream } = await startPages();
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    upstream.tokenGate = () => {
      reached.resolve();
      return gate.promise;
    };
    const patient = browser(pages);
    const finish = location(await patient.get(await approve(patient)));
    const first = patient.get(finish);
    await reached.promise;
    const meanwhile = await patient.get(finish);
    assert.equal(meanwhile.status, 200);
    assert.match(await meanwhile.text(), /One moment[\s\S]*href="\/pkb\/finish\?[^"]+">Continue/);
    gate.resolve();
    assert.equal(location(await first), '/pkb/confirm');
    assert.equal(upstream.asked.filter((path) => path === '/apiToken.action').length, 1);
    await app.close();
  });

  it('keeps the place when PKB goes away before it tells whose record it is', async () => {
    const { pages, app, upstream } = await startPages();
    const patient = browser(pages);
    const finish = location(await patient.get(await approve(patient)));
    upstream.trouble = { $purview: 503 };
    const away = await patient.get(finish);
    assert.equal(away.status, 503);
    const page = await away.text();
    assert.match(page, /We have kept your place/);
    assert.ok(page.includes(`href="${finish}">Try again`));
    upstream.trouble = {};
    assert.equal(location(await patient.get(finish)), '/pkb/confirm');
    assert.equal(upstream.asked.filter((path) => path === '/apiToken.action').length, 1);
    await app.close();
  });

  it('asks to start again where the code may be spent', async () => {
    const { pages, app, upstream } = await startPages();
    const patient = browser(pages);
    const finish = location(await patient.get(await approve(patient)));
    upstream.trouble = { 'apiToken.action': 503 };
    const interrupted = await patient.get(finish);
    upstream.trouble = {};
    for (const answer of [interrupted, await patient.get(finish)]) {
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), /The last step was interrupted[\s\S]*href="\/pkb\/start"/);
    }
    assert.equal(upstream.asked.filter((path) => path === '/apiToken.action').length, 1);
    await app.close();
  });

  it('ends with the time that the start page tells', async () => {
    const { pages, app, world } = await startPages();
    const patient = browser(pages);
    const callback = await approve(patient);
    world.now = new Date(world.now.getTime() + 3_601_000);
    assert.match(location(await patient.get(callback)), /\/problem\/state-expired\?/);
    await app.close();
  });
});

describe('"is this your record?"', () => {
  it('connects nothing after "no", and says how to get to the right record', async () => {
    const { pages, app, world } = await startPages();
    const patient = browser(pages);
    const linkId = linkIdIn(await propose(patient));
    assert.equal(location(await patient.post('/pkb/decline', { linkId })), '/pkb/declined');
    assert.match(await (await patient.get('/pkb/declined')).text(), /log out/);
    assert.equal(location(await patient.get('/pkb')), '/pkb/start');
    assert.equal((await app.store.findLinkById(linkId))?.reason, 'not-my-record');
    assert.equal(world.appUserId, 'account-1');
    await app.close();
  });

  it('takes "yes" and "no" twice as once', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    const linkId = linkIdIn(await propose(patient));
    for (const _ of [1, 2]) {
      assert.equal(location(await patient.post('/pkb/confirm', { linkId })), '/pkb/connected');
    }
    for (const _ of [1, 2]) {
      assert.equal(location(await patient.post('/pkb/decline', { linkId })), '/pkb/declined');
    }
    await app.close();
  });

  it('does not end a newer link from an old page', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    const old = linkIdIn(await propose(patient));
    await patient.post('/pkb/decline', { linkId: old });
    await patient.post('/pkb/confirm', { linkId: linkIdIn(await propose(patient)) });
    assert.equal((await patient.post('/pkb/decline', { linkId: old })).status, 404);
    assert.equal((await patient.get('/pkb')).status, 200);
    await app.close();
  });

  it('is not answered for another account, nor after the time limit', async () => {
    const { pages, app, world } = await startPages();
    const patient = browser(pages);
    const linkId = linkIdIn(await propose(patient));
    world.appUserId = 'account-2';
    assert.equal((await patient.post('/pkb/confirm', { linkId })).status, 404);
    world.appUserId = 'account-1';
    world.now = new Date(world.now.getTime() + 3_601_000);
    assert.equal(location(await patient.get('/pkb/confirm')), '/pkb');
    assert.equal(location(await patient.get('/pkb')), '/pkb/start');
    const late = await patient.post('/pkb/confirm', { linkId });
    assert.equal(late.status, 400);
    assert.match(await late.text(), /You ran out of time[\s\S]*href="\/pkb\/start"/);
    await app.close();
  });

  it('keeps the place while PKB does not tell the details', async () => {
    const { pages, app, upstream } = await startPages();
    const patient = browser(pages);
    await propose(patient);
    upstream.trouble = { self: 'unreachable' };
    const away = await patient.get('/pkb/confirm');
    assert.equal(away.status, 503);
    assert.match(await away.text(), /href="\/pkb\/confirm">Try again/);
    await app.close();
  });
});

describe('your connection', () => {
  it('stays on the page while PKB is away', async () => {
    const { pages, app, upstream, log } = await startPages();
    const patient = browser(pages);
    await patient.post('/pkb/confirm', { linkId: linkIdIn(await propose(patient)) });
    upstream.trouble = { self: 503 };
    const away = await patient.get('/pkb');
    assert.equal(away.status, 200);
    assert.match(await away.text(), /is connected to Ridgeway[\s\S]*We cannot show your details now/);
    assert.equal(log.filter(([event]) => event === 'failure').at(-1)?.[1].code, 'server-error');
    await app.close();
  });

  it('ends by a question, a button and a page that tells what stays', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    await patient.post('/pkb/confirm', { linkId: linkIdIn(await propose(patient)) });
    assert.equal(location(await patient.get('/pkb/disconnected')), '/pkb');
    assert.match(await (await patient.get('/pkb/disconnect')).text(), /Yes, disconnect/);
    assert.equal(location(await patient.post('/pkb/disconnect')), '/pkb/disconnected');
    assert.match(await (await patient.get('/pkb/disconnected')).text(), /PKB still holds your record/);
    assert.equal(location(await patient.post('/pkb/disconnect')), '/pkb/disconnected');
    assert.equal(location(await patient.get('/pkb/disconnect')), '/pkb');
    await app.close();
  });

  it('of an API session that will end soon says so, and leads to the start page instead of "already connected"', async () => {
    const { pages, app, world } = await startPages();
    const patient = browser(pages);
    await patient.post('/pkb/confirm', { linkId: linkIdIn(await propose(patient)) });
    assert.equal(location(await patient.get('/pkb/start')), '/pkb/already-connected');
    const day = 24 * 60 * 60 * 1000;
    const ending = { grantedBefore: new Date(world.now.getTime() + 1), lengthMs: 7 * day, limit: 10 };
    assert.equal(await app.store.announceSessionEndings(ending), 1);
    assert.match(
      await (await patient.get('/pkb')).text(),
      /PKB will end our access around 1 December 2026.*href="\/pkb\/start"/,
    );
    assert.equal((await patient.get('/pkb/start')).status, 200);
    await app.close();
  });

  it('asks whoever is not signed in to sign in, and brings them back', async () => {
    const { pages, app, world } = await startPages();
    world.appUserId = undefined;
    const visitor = browser(pages);
    for (const [path, then] of [
      ['/pkb', '/pkb'],
      ['/pkb/start', '/pkb/start'],
      ['/pkb/confirm', '/pkb/confirm'],
      ['/pkb/disconnect', '/pkb/disconnect'],
    ] as const) {
      assert.equal(location(await visitor.get(path)), `/log-in?then=${encodeURIComponent(then)}`);
    }
    assert.equal(location(await visitor.post('/pkb/authorize')), '/log-in?then=%2Fpkb%2Fstart');
    await app.close();
  });
});
