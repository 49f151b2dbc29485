import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { CONSOLE_ROUTES } from '../../src/console/routes.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import type { Link } from '../../src/model.ts';
import { createWebhook } from '../../src/webhook/http.ts';
import { APP_USER_ID, answerAtPkb, BROWSER, linked, personNamed, proposed } from '../flow/story.ts';
import { SECRET, startReceiver } from '../webhook/receiver.ts';
import { type ConsoleStory, consoleStory, trail } from './console-for-test.ts';

/** What each route takes. A new one is written down here too, or this fails. */
const NEEDS = {
  'get /admin': 'support',
  'get /admin/search': 'support',
  'post /admin/search': 'support',
  'get /admin/links/:id': 'support',
  'get /admin/dead-letters': 'support',
  'get /admin/links/:id/unlink': 'support',
  'post /admin/links/:id/unlink': 'support',
  'get /admin/dead-letters/:id/resend': 'operator',
  'post /admin/dead-letters/:id/resend': 'operator',
  'post /admin/sign-out': 'support',
} as const;

const FORM = { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded' };

async function withDeadLetter(t: TestContext) {
  const receiver = await startReceiver();
  t.after(() => receiver.close());
  receiver.answers(() => ({ status: 500 }));
  const webhook = createWebhook({ url: receiver.url, secrets: [SECRET], privateAddresses: true });
  t.after(() => webhook.close());
  const told = await consoleStory(t, { console: { webhook } });
  const { store } = told.app;
  await store.queueWebhooks();
  const link = await linked(told);
  await store.queueWebhooks();
  for (const lease of await store.leaseWebhooks({ limit: 9, forMs: 60_000 })) {
    await store.buryWebhook(lease, 'status 500');
  }
  const [letter] = await store.listDeadLetters({ limit: 9 });
  assert.ok(letter);
  return { ...told, receiver, link, letter };
}

describe('the console', () => {
  it('has a role for every route', () => {
    const has = Object.fromEntries(
      CONSOLE_ROUTES.map(({ method, path, needs }) => [`${method} ${path}`, needs]),
    );
    assert.deepEqual(has, NEEDS);
  });

  for (const [route, needs] of Object.entries(NEEDS)) {
    const [method = '', pattern = ''] = route.split(' ');

    it(`sends a stranger to sign in, and lets ${needs} in: ${route}`, async (t) => {
      const told = await withDeadLetter(t);
      const path = pattern
        .replace('links/:id', `links/${told.link.id}`)
        .replace('dead-letters/:id', `dead-letters/${told.letter.event.id}`);
      const ask = async (somebody: ReturnType<ConsoleStory['stranger']>) => {
        if (method === 'get') return somebody.get(path);
        // The button that signs out is on every page, so its form has the token of every form.
        const page = await somebody.get('/admin');
        const [, form = ''] = /name="form" value="([^"]*)"/.exec(page.html) ?? [];
        return somebody.post(path, {
          headers: FORM,
          body: String(new URLSearchParams({ form, id: APP_USER_ID })),
        });
      };
      const before = await told.app.store.findLink(APP_USER_ID);

      const stranger = await ask(told.stranger());
      assert.deepEqual([stranger.status, stranger.headers.get('location')], [303, '/admin/sign-in']);
      const support = await ask(await told.signedIn('support'));
      if (needs === 'operator') {
        assert.equal(support.status, 403);
        assert.match(support.text, /takes the role operator/);
        assert.deepEqual(await told.app.store.findLink(APP_USER_ID), before);
        assert.equal(told.receiver.received.length, 0);
      } else {
        assert.ok(support.status < 400, `${support.status}`);
      }
      // What support has just ended is not there twice.
      if (route !== 'post /admin/links/:id/unlink') {
        assert.ok((await ask(await told.signedIn('operator'))).status < 400);
      }
    });

    if (method === 'post') {
      it(`takes no form but its own: ${route}`, async (t) => {
        const told = await withDeadLetter(t);
        const path = pattern
          .replace('links/:id', `links/${told.link.id}`)
          .replace('dead-letters/:id', `dead-letters/${told.letter.event.id}`);
        const operator = await told.signedIn('operator');
        const another = await told.signedIn('operator');
        const token = async (of: typeof operator) =>
          /name="form" value="([^"]*)"/.exec((await of.get('/admin')).html)?.[1] ?? '';
        const form = await token(operator);
        const elsewhere = { ...FORM, 'Sec-Fetch-Site': 'cross-site' };
        for (const [headers, body] of [
          [elsewhere, `form=${form}`],
          [{ ...FORM, 'Sec-Fetch-Site': 'same-site' }, `form=${form}`],
          [{ 'Content-Type': FORM['Content-Type'], Origin: 'https://elsewhere.example' }, `form=${form}`],
          [FORM, ''],
          [FORM, 'form='],
          [FORM, `form=${await token(another)}`],
        ] as const) {
          const { status } = await operator.post(path, { headers, body });
          assert.equal(status, 403);
        }
        assert.equal((await operator.get('/admin')).status, 200);
        assert.equal((await told.app.store.findLink(APP_USER_ID))?.state, 'active');
        assert.equal(told.receiver.received.length, 0);
      });
    }
  }

  it('keeps every page from caches, frames, scripts and other sites', async (t) => {
    const told = await consoleStory(t);
    const somebody = await told.signedIn('support');
    for (const page of [await somebody.get('/admin'), await told.stranger().get('/admin/sign-in')]) {
      assert.equal(page.headers.get('cache-control'), 'no-store');
      assert.equal(page.headers.get('x-frame-options'), 'DENY');
      assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
      assert.match(page.headers.get('strict-transport-security') ?? '', /max-age=/);
      const policy = page.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /script-src|unsafe/);
      assert.doesNotMatch(page.html, /<script|style="/);
    }
  });

  it('says first what keeps all links from being refreshed, until it is over', async (t) => {
    const metrics = createMetrics({ log: () => {}, fetch: globalThis.fetch });
    const told = await consoleStory(t, { console: { metrics } });
    const ann = await told.signedIn('support');
    assert.doesNotMatch((await ann.get('/admin')).text, /Alarm/);
    metrics.log('alarm.raised', { code: 'invalid-client' });
    assert.match((await ann.get('/admin')).text, /Overview Alarm: invalid-client \. PKB refuses this client/);
    metrics.log('alarm.over', { code: 'invalid-client' });
    assert.doesNotMatch((await ann.get('/admin')).text, /Alarm/);
  });

  describe('sign in by a code', () => {
    it('lets one person in once; to open the address uses nothing up', async (t) => {
      const told = await consoleStory(t);
      const path = `/admin/sign-in/code/${await told.codeFor('support', 'Ann <b>')}`;
      const ann = told.stranger();
      for (let n = 0; n < 2; n += 1) {
        const page = await ann.get(path);
        assert.match(page.html, /Sign in as Ann &lt;b&gt;/);
        assert.equal(ann.cookie, '');
      }
      const page = await ann.get(path);
      const { headers, status } = await ann.press(page, path);
      assert.deepEqual([status, headers.get('location')], [303, '/admin']);
      const [set = ''] = headers.getSetCookie();
      assert.match(
        set,
        /^__Host-pkb-link-console=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
      assert.match((await ann.get('/admin')).text, /Signed in as Ann &lt;b&gt; \(support\)/);

      const late = told.stranger();
      assert.equal((await late.press(page, path)).status, 400);
      assert.equal((await late.get(path)).status, 400);
      assert.equal(late.cookie, '');
      assert.deepEqual(await trail(told), [
        'app: console.code_made',
        'console:Ann <b> (support, code): console.signed_in',
      ]);
    });

    it('does not let a page of another site use the code', async (t) => {
      const told = await consoleStory(t);
      const path = `/admin/sign-in/code/${await told.codeFor('support')}`;
      const headers = { ...FORM, 'Sec-Fetch-Site': 'cross-site' };
      assert.equal((await told.stranger().post(path, { headers })).status, 403);
      const ann = told.stranger();
      assert.equal((await ann.press(await ann.get(path), path)).status, 303);
    });

    it('is over after ten minutes, and a session after half an hour without use', async (t) => {
      const told = await consoleStory(t);
      const path = `/admin/sign-in/code/${await told.codeFor('support')}`;
      const late = told.stranger();
      const page = await late.get(path);
      const ann = await told.signedIn('support');
      told.advance(601);
      assert.equal((await late.press(page, path)).status, 400);
      assert.equal((await ann.get('/admin')).status, 200);
      told.advance(30 * 60);
      assert.equal((await ann.get('/admin')).headers.get('location'), '/admin/sign-in');
    });

    it('stores neither the code nor the secret of the cookie, and another process knows the session', async (t) => {
      const told = await consoleStory(t);
      const ann = await told.signedIn('support');
      const [, secret = ''] = ann.cookie.split('=');
      assert.equal(secret.length, 43);
      const using = { idleMs: 1000, lastsMs: 1000 };
      assert.equal(await told.app.store.useConsoleSession({ secretHash: secret, ...using }), undefined);
    });

    it('gives a new secret with each sign-in, and the old one opens nothing then', async (t) => {
      const told = await consoleStory(t);
      const ann = await told.signedIn('support');
      const before = ann.cookie;
      const path = `/admin/sign-in/code/${await told.codeFor('operator', 'Ben')}`;
      await ann.press(await ann.get(path), path);
      assert.match((await ann.get('/admin')).text, /Signed in as Ben \(operator\)/);
      const thief = told.stranger();
      thief.cookie = before;
      assert.equal((await thief.get('/admin')).status, 303);
    });

    it('is over at once by signing out, here and for whoever has the cookie', async (t) => {
      const told = await consoleStory(t);
      const ann = await told.signedIn('support');
      const before = ann.cookie;
      const { headers } = await ann.press(await ann.get('/admin'), '/admin/sign-out');
      assert.equal(headers.get('location'), '/admin/sign-in?signed-out=yes');
      assert.equal(ann.cookie, '');
      ann.cookie = before;
      assert.equal((await ann.get('/admin')).status, 303);
      assert.equal((await trail(told)).at(-1), 'console:Ann (support, code): console.signed_out');
    });
  });

  describe('find a link', () => {
    async function found(told: ConsoleStory, id: string): Promise<string> {
      const ann = await told.signedIn('support');
      return (await ann.press(await ann.get('/admin/search'), '/admin/search', { id })).text;
    }

    it('finds it by account and by public id, and says who looked', async (t) => {
      const told = await consoleStory(t);
      const link = await linked(told);
      for (const id of [APP_USER_ID, link.publicId, link.publicId.toUpperCase(), `  ${APP_USER_ID} `]) {
        const text = await found(told, id);
        assert.match(text, /Active\. The record is connected\./, id);
        assert.match(text, new RegExp(link.id.slice(0, 8)));
      }
      assert.deepEqual((await trail(told)).slice(-2), [
        'console:Ann (support, code): console.searched',
        'console:Ann (support, code): link.viewed',
      ]);
      await found(told, 'nobody');
      assert.equal((await trail(told)).at(-1), 'console:Ann (support, code): console.searched');
    });

    it('leaves the id in no address and in no log', async (t) => {
      const told = await consoleStory(t);
      const link = await linked(told);
      told.logged.splice(0);
      await found(told, APP_USER_ID);
      await found(told, link.publicId);
      const ann = await told.signedIn('support');
      const page = await ann.get(`/admin/links/${link.id}`);
      for (const [, address = ''] of page.html.matchAll(/(?:href|action)="([^"]*)"/g)) {
        assert.ok(!address.includes(APP_USER_ID) && !address.includes(link.publicId), address);
      }
      assert.ok(!told.logged.join().includes(APP_USER_ID) && !told.logged.join().includes(link.publicId));
    });

    it('says why a record is not connected, and what to tell the patient', async (t) => {
      const told = await consoleStory(t);
      assert.match(await found(told, APP_USER_ID), /Nothing is known\..*nobody began/);

      const { url } = await authorize(told.app, { appUserId: APP_USER_ID, browserSession: BROWSER });
      assert.match(await found(told, APP_USER_ID), /On the way\..*“Left for PKB”/);
      const parameters = await answerAtPkb(url, personNamed(told.simulator, 'Okafor'), 'deny');
      await assert.rejects(callback(told.app, { parameters, browserSession: BROWSER }));
      assert.match(
        await found(told, APP_USER_ID),
        /Not connected\..*said no at PKB\. Tell the patient: “At PKB you did not approve/,
      );

      told.advance(60);
      await proposed(told);
      assert.match(await found(told, APP_USER_ID), /Not connected yet\..*press “Yes, this is my record”/);
      told.advance(60);
      const again = await authorize(told.app, { appUserId: APP_USER_ID, browserSession: BROWSER });
      const denied = await answerAtPkb(again.url, personNamed(told.simulator, 'Okafor'), 'deny');
      await assert.rejects(callback(told.app, { parameters: denied, browserSession: BROWSER }));
      assert.match(await found(told, APP_USER_ID), /Not connected yet/);
      await unlink(told.app, { appUserId: APP_USER_ID, reason: 'not-my-record' });
      assert.match(
        await found(told, APP_USER_ID),
        /Not connected\..*said no at PKB.*said “this is not my record”/,
      );
      told.advance(3 * 86_400);
      await told.app.store.purgeExpired(told.app.now());
      assert.match(
        await found(told, APP_USER_ID),
        /Not connected any more\..*You said that the record was not yours/,
      );
    });

    it('says of what can be no id that it is none', async (t) => {
      const told = await consoleStory(t);
      const ann = await told.signedIn('support');
      for (const id of ['', '   ', '..', '\u{1}', 'x'.repeat(256), '<script>']) {
        const page = await ann.press(await ann.get('/admin/search'), '/admin/search', { id });
        assert.equal(page.status, id === '<script>' ? 200 : 400, id);
        assert.ok(!page.html.includes('<script'));
      }
    });
  });

  describe('a link', () => {
    it('shows what it is, what happened, and what to tell the patient', async (t) => {
      const told = await consoleStory(t);
      const link = await linked(told);
      const ann = await told.signedIn('support');
      const { text } = await ann.get(`/admin/links/${link.id}`);
      assert.equal((await trail(told)).at(-1), 'console:Ann (support, code): link.viewed');
      for (const part of [
        APP_USER_ID,
        link.publicId,
        link.id,
        'fresh: nothing is in doubt',
        'Next action none',
      ]) {
        assert.ok(text.includes(part), part);
      }
      assert.match(text, /said “yes, this is my record”: the link is active\..*The patient granted access/);
    });

    it('shows no token and asks PKB nothing', async (t) => {
      const told = await consoleStory(t);
      const link = await linked(told);
      const grant = await told.app.store.findGrant(link.id);
      const before = told.simulator.received().length;
      const ann = await told.signedIn('operator');
      const pages = [await ann.get(`/admin/links/${link.id}`), await ann.get('/admin')];
      for (const { html } of pages) {
        assert.ok(!html.includes(grant?.tokenSet.accessToken ?? '-'));
        assert.ok(!html.includes(grant?.tokenSet.refreshToken ?? '-'));
      }
      assert.equal(told.simulator.received().length, before);
    });

    it('is unlinked by support behind a question, and the trail says by whom', async (t) => {
      const told = await consoleStory(t);
      const link = await linked(told);
      const ann = await told.signedIn('support');
      const path = `/admin/links/${link.id}/unlink`;
      const question = await ann.get(path);
      assert.match(question.text, /Unlink this account\?.*PKB is not told/);
      assert.equal((await trail(told)).at(-1), 'console:Ann (support, code): link.viewed');
      assert.equal((await told.app.store.findLink(APP_USER_ID))?.state, 'active');
      assert.equal((await ann.press(question, path)).status, 303);
      const after = (await told.app.store.findLinkById(link.id)) as Link;
      assert.deepEqual([after.state, after.reason], ['unlinked', 'operator']);
      assert.ok((await trail(told)).includes('console:Ann (support, code): link.unlinked'));

      // A double click, and a page of yesterday: the account's new link stays.
      const another = await linked(told);
      assert.equal((await ann.press(question, path)).status, 404);
      assert.equal((await told.app.store.findLink(APP_USER_ID))?.id, another.id);
    });

    it('is not there for an id that is none', async (t) => {
      const told = await consoleStory(t);
      const ann = await told.signedIn('support');
      for (const id of ['0b9c2c36-6d55-4b0f-9a5e-0a5a0b3f6a11', 'x', '%00', "'; drop table link; --"]) {
        assert.equal((await ann.get(`/admin/links/${encodeURIComponent(id)}`)).status, 404, id);
      }
    });
  });

  describe('dead letters', () => {
    it('are seen by support and resent by an operator; one that is refused again stays', async (t) => {
      const told = await withDeadLetter(t);
      const path = `/admin/dead-letters/${told.letter.event.id}/resend`;
      const ann = await told.signedIn('support');
      const seen = await ann.get('/admin/dead-letters');
      assert.match(seen.text, /status 500/);
      assert.ok(!seen.html.includes('/resend'));

      const olive = await told.signedIn('operator', 'Olive');
      assert.ok((await olive.get('/admin/dead-letters')).html.includes(path));
      const question = await olive.get(path);
      assert.equal(told.receiver.received.length, 0);
      assert.match((await olive.press(question, path)).text, /It was not accepted: status 500/);
      assert.ok(await told.app.store.findDeadLetter(told.letter.event.id));

      told.receiver.answers(() => ({ status: 204 }));
      assert.equal((await olive.press(question, path)).headers.get('location'), '/admin/dead-letters');
      assert.equal(await told.app.store.findDeadLetter(told.letter.event.id), undefined);
      assert.deepEqual(
        told.receiver.received.map(({ id }) => id),
        [told.letter.event.id, told.letter.event.id],
      );
      assert.equal((await olive.press(question, path)).status, 404);
      assert.ok((await trail(told)).includes('console:Olive (operator, code): dead_letter.resent'));
    });
  });

  it('says of a database that does not answer that it does not', async (t) => {
    const told = await consoleStory(t);
    const ann = await told.signedIn('support');
    await told.app.store.close();
    const page = await ann.get('/admin');
    assert.ok(page.status >= 500);
    assert.match(page.text, /Reference: [0-9a-f]{8}/);
    const code = await told.stranger().get(`/admin/sign-in/code/${'x'.repeat(43)}`);
    assert.ok(code.status >= 500);
    assert.match(code.text, /Reference: [0-9a-f]{8}/);
  });
});
