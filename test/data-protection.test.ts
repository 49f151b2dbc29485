import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { configFromEnvironment } from '../src/config.ts';
import { unlink } from '../src/flow/unlink.ts';
import { purge } from '../src/operator/purge.ts';
import { APP_USER_ID, linked, story } from './flow/story.ts';

const DAY_SECONDS = 86_400;
const textOf = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('docs/data-protection.md', () => {
  it('says of every table what it has of a person', () => {
    const [, stored = ''] = textOf('docs/data-protection.md').split('## What is stored');
    const told = [...stored.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    for (const engine of ['sqlite', 'postgres']) {
      const script = textOf(`src/storage/migrations/${engine}/0001_links.sql`);
      const tables = [...script.matchAll(/^create table (\w+)/gm)].map(([, name]) => name);
      assert.deepEqual([...tables, 'schema_migration'].sort(), [...told].sort(), engine);
    }
  });

  it('has a picture that is described, and shows each flow of its table', () => {
    const page = textOf('docs/data-protection.md');
    const picture = textOf('docs/images/data-flow.svg');
    assert.match(page, /!\[[^\]]{40,}\]\(images\/data-flow\.svg\)/);
    assert.match(picture, /role="img" aria-labelledby="title desc"/);
    const flows = [...page.matchAll(/^\| (\d) \| /gm)].map(([, flow]) => flow);
    const shown = [...picture.matchAll(/>(\d)<\/text>/g)].map(([, flow]) => flow);
    assert.equal(flows.length, 7);
    assert.deepEqual([...new Set(shown)].sort(), flows);
  });
});

describe('the time limits of docs/operating.md', () => {
  async function unlinkedFor(t: TestContext, days: number) {
    const told = await story(t);
    await linked(told);
    await unlink(told.app, { appUserId: APP_USER_ID });
    told.advance(days * DAY_SECONDS + 1);
    return told.app;
  }

  it('are those that hold where nothing is set', async (t) => {
    const { retention } = configFromEnvironment({ PKB_ENVIRONMENT: 'simulator' });
    const [, unlinked, entries] =
      /`PKB_LINK_UNLINKED_KEPT_DAYS` \((\d+)\)[\s\S]*`PKB_LINK_AUDIT_KEPT_DAYS` \(([\d,]+)/.exec(
        textOf('docs/operating.md'),
      ) ?? [];
    for (const [limit, kept] of [
      [Number(unlinked), { erased: 1, auditEntries: 0 }],
      [Number(entries?.replace(',', '')), { erased: 1, auditEntries: 3 }],
    ] as const) {
      assert.deepEqual(await purge(await unlinkedFor(t, limit), retention), { turn: true, ...kept });
      const before = await purge(await unlinkedFor(t, limit - 1), retention);
      assert.notDeepEqual(before, { turn: true, ...kept });
    }
  });

  it('are the settings’', () => {
    const env = { PKB_ENVIRONMENT: 'simulator' };
    const set = { PKB_LINK_UNLINKED_KEPT_DAYS: '30', PKB_LINK_AUDIT_KEPT_DAYS: '400' };
    assert.deepEqual(configFromEnvironment({ ...env, ...set }).retention, {
      unlinkedKeptDays: 30,
      auditKeptDays: 400,
    });
    for (const name of Object.keys(set)) {
      assert.throws(() => configFromEnvironment({ ...env, [name]: '1' }), { setting: name });
    }
  });
});
