import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { App } from '../../src/app.ts';
import { account } from '../../src/flow/account.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { patient } from '../../src/flow/patient.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { APP_USER_ID, answerAtPkb, BROWSER, personNamed, story } from './story.ts';

describe('a restart between any two steps', () => {
  it('loses nothing', async (t) => {
    const databaseUrl = `file:${join(mkdtempSync(join(tmpdir(), 'pkb-link-')), 'links.db')}`;
    const s = await story(t, { databaseUrl });
    await s.app.close();
    /** Each step is the only thing that its process does. */
    async function process<T>(step: (app: App) => Promise<T>): Promise<T> {
      const app = await s.another();
      const result = await step(app);
      await app.close();
      return result;
    }

    const { url } = await process((app) =>
      authorize(app, { appUserId: APP_USER_ID, browserSession: BROWSER }),
    );
    const parameters = await answerAtPkb(url, personNamed(s.simulator, 'Okafor'));
    const { authorizationId } = await process((app) =>
      callback(app, { parameters, browserSession: BROWSER, appUserId: APP_USER_ID }),
    );
    const owner = { authorizationId, appUserId: APP_USER_ID, browserSession: BROWSER };
    assert.equal((await process((app) => exchange(app, owner))).step, 'exchanged');
    const proposal = await process((app) => identify(app, owner));
    assert.equal((await process((app) => account(app, owner))).nextAction, 'confirm');
    assert.equal((await process((app) => patient(app, owner))).familyName, 'Okafor');
    await process((app) => link(app, { appUserId: APP_USER_ID, linkId: proposal.id }));
    s.advance(1801);
    const { accessToken } = await process((app) => refresh(app, owner));
    assert.equal((await process((app) => refresh(app, owner))).accessToken, accessToken);
    assert.equal((await process((app) => unlink(app, owner)))?.state, 'unlinked');
    assert.equal(s.simulator.received('token').length, 2);
  });
});
