import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { App } from '../../src/app.ts';
import { account } from '../../src/flow/account.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { request } from '../../src/flow/request.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { importLinks, tryImport } from '../../src/operator/import-links.ts';
import { addLink, folder, values } from '../cli/command-line.ts';
import { APP_USER_ID, linked, story } from '../flow/story.ts';

const HEADER = 'app_user_id,pkb_public_id,refresh_token,granted_at';

async function files(t: TestContext, text: string) {
  const place = await folder(t);
  const file = join(place, 'rows');
  await writeFile(file, text);
  const report = join(place, 'report.jsonl');
  return { file, report, fates: async () => values(await readFile(report, 'utf8')).slice(1) };
}

function row(
  appUserId: string,
  publicId: string = randomUUID(),
  token = `refresh-canary-${appUserId}`,
): string {
  return `${appUserId},${publicId},${token},`;
}

describe('import', () => {
  it('makes a link whose first use refreshes, and which is then as any other', async (t) => {
    const told = await story(t);
    const { publicId, id } = await linked(told);
    const grant = await told.app.store.findGrant(id);
    const app = await told.another({ databaseUrl: 'file::memory:' });
    const { file, report } = await files(
      t,
      `${HEADER}\n${row(APP_USER_ID, publicId, grant?.tokenSet.refreshToken)}\n`,
    );

    const tally = await importLinks(app, { file, report });
    assert.deepEqual(tally, { imported: 1, 'already-there': 0, refused: 0 });
    const { link } = await account(app, { appUserId: APP_USER_ID });
    assert.deepEqual([link?.state, link?.health, link?.refreshable], ['active', 'fresh', true]);
    const events = await app.store.listEvents(link?.id ?? '');
    assert.deepEqual(
      events.map(({ type, reason }) => [type, reason]),
      [['link.active', 'imported']],
    );

    const { status } = await request(app, { appUserId: APP_USER_ID, url: '/json/users/self' });
    assert.equal(status, 200);
    assert.equal((await app.store.findLink(APP_USER_ID))?.health, 'fresh');
  });

  it('hands out no token before it has refreshed, also where its clock is behind', async (t) => {
    const { app } = await story(t);
    const { file, report } = await files(t, `${HEADER}\n${row('ada')}\n`);
    await importLinks(app, { file, report });
    const behind = { ...app, now: () => new Date(app.now().getTime() - 60_000) } satisfies App;
    await assert.rejects(refresh(behind, { appUserId: 'ada' }), { name: 'ReauthorizationRequired' });
  });

  it('reads JSON Lines, quoted CSV, a byte order mark, columns in any order, and empty lines', async (t) => {
    const { app } = await story(t);
    const json = JSON.stringify({ app_user_id: 'json', pkb_public_id: randomUUID(), refresh_token: 'r' });
    const one = await files(t, `${json}\n\n`);
    assert.equal((await importLinks(app, one)).imported, 1);
    const other = await files(
      t,
      `\ufeffrefresh_token,"app_user_id",pkb_public_id\r\n\r\n"a""b","comma, here",${randomUUID()}\r\n`,
    );
    assert.equal((await importLinks(app, other)).imported, 1);
    const link = await app.store.findLink('comma, here');
    assert.equal((await app.store.findGrant(link?.id ?? ''))?.tokenSet.refreshToken, 'a"b');
  });

  it('names each bad row by line and field, without its token, and imports the others', async (t) => {
    const { app } = await story(t);
    const { fates, ...input } = await files(
      t,
      [
        HEADER,
        row('good-1'),
        row(''),
        row('bad-id', 'not-a-uuid'),
        row('no-token', randomUUID(), ''),
        `no-offset,${randomUUID()},refresh-canary,2026-03-01`,
        `future,${randomUUID()},refresh-canary,2999-01-01T00:00:00Z`,
        `"unclosed,${randomUUID()},refresh-canary,`,
        `short,${randomUUID()}`,
        row('good-2'),
      ].join('\n'),
    );
    assert.deepEqual(await importLinks(app, input), { imported: 2, 'already-there': 0, refused: 7 });
    assert.deepEqual(
      (await fates()).map(({ line, fate, field }) => [line, fate, field]),
      [
        [2, 'imported', undefined],
        [3, 'refused', 'app_user_id'],
        [4, 'refused', 'pkb_public_id'],
        [5, 'refused', 'refresh_token'],
        [6, 'refused', 'granted_at'],
        [7, 'refused', 'granted_at'],
        [8, 'refused', 'row'],
        [9, 'refused', 'row'],
        [10, 'imported', undefined],
      ],
    );
    assert.doesNotMatch(await readFile(input.report, 'utf8'), /refresh-canary/);
  });

  it('imports neither of two accounts with one grant, which nobody could refresh for both', async (t) => {
    const { app } = await story(t);
    const { fates, ...input } = await files(
      t,
      [HEADER, row('a', randomUUID(), 'one'), row('b'), row('c', randomUUID(), 'one')].join('\n'),
    );
    const dry: unknown[] = [];
    await tryImport(app, { ...input, onFate: (fate) => dry.push(fate) });
    await importLinks(app, input);
    assert.deepEqual(await fates(), dry);
    assert.deepEqual(
      (await fates()).map(({ fate, field }) => [fate, field]),
      [
        ['refused', 'refresh_token'],
        ['imported', undefined],
        ['refused', 'refresh_token'],
      ],
    );
  });

  it('overwrites nothing: the same link stays as it is, another one is refused', async (t) => {
    const { app } = await story(t);
    for (const each of ['ada', 'ben'] as const) await addLink(app.store, each);
    await addLink(app.store, 'waiting', 'proposed');
    const ada = await app.store.findLink('ada');
    const before = await app.store.findGrant(ada?.id ?? '');
    const { fates, ...input } = await files(
      t,
      [
        HEADER,
        row('ada', ada?.publicId, 'another'),
        row('ben'),
        row('cleo', ada?.publicId),
        row('waiting'),
      ].join('\n'),
    );
    const dry: unknown[] = [];
    await tryImport(app, { ...input, onFate: (fate) => dry.push(fate) });
    await importLinks(app, input);
    assert.deepEqual(await fates(), dry);
    assert.deepEqual(
      (await fates()).map(({ fate, code }) => code ?? fate),
      ['already-there', 'different-patient', 'linked-to-another-account', 'proposal-waiting'],
    );
    assert.deepEqual(await app.store.findGrant(ada?.id ?? ''), before);
  });

  it('makes active only what was active elsewhere', async (t) => {
    const { app } = await story(t);
    const proposed = { app_user_id: 'a', pkb_public_id: randomUUID(), refresh_token: 'r', state: 'proposed' };
    const { fates, ...input } = await files(t, JSON.stringify(proposed));
    await importLinks(app, input);
    assert.deepEqual(
      (await fates()).map(({ fate, field }) => [fate, field]),
      [['refused', 'state']],
    );
    assert.equal(await app.store.findLink('a'), undefined);
  });

  it('tells of a row as imported that it was killed before telling of, also when it was unlinked since', async (t) => {
    const { app } = await story(t);
    const { fates, ...input } = await files(t, [HEADER, row('a'), row('b'), row('c'), row('b')].join('\n'));
    await importLinks(app, input);
    const whole = await fates();
    const [head, first] = (await readFile(input.report, 'utf8')).split('\n');
    await unlink(app, { appUserId: 'c' });
    // As a kill leaves it: in the database, told of in part, the last line cut short.
    await writeFile(input.report, `${head}\n${first}\n{"line":3,"app_us`);
    assert.deepEqual(await importLinks(app, input), { imported: 3, 'already-there': 0, refused: 1 });
    assert.deepEqual(await fates(), whole);
    assert.equal((await app.store.listLinks({ limit: 10 })).length, 2);
  });

  it('goes on with no other file than that which the report is of, and changes no file that is no report', async (t) => {
    const { app } = await story(t);
    const { file, report } = await files(t, `${HEADER}\n${row('a')}\n`);
    await importLinks(app, { file, report });
    await writeFile(file, `${HEADER}\n${row('b')}\n`);
    const refusal = { code: 'bad-input', field: 'report' };
    await assert.rejects(importLinks(app, { file, report }), refusal);
    await assert.rejects(importLinks(app, { file, report: `${report}/none` }), refusal);
    const before = await readFile(file);
    await assert.rejects(importLinks(app, { file, report: file }), refusal);
    assert.deepEqual(await readFile(file), before);
  });

  it('tries a whole file and does nothing, doubles in it included', async (t) => {
    const { app } = await story(t);
    const record = randomUUID();
    const { file } = await files(
      t,
      [HEADER, row('a', record), row('a', record), row('b', record)].join('\n'),
    );
    const tally = await tryImport(app, { file, onFate: () => {} });
    assert.deepEqual(tally, { imported: 1, 'already-there': 1, refused: 1 });
    assert.deepEqual(await app.store.listLinks({ limit: 1 }), []);
  });

  it('refuses a file without our columns, before anything', async (t) => {
    const { app } = await story(t);
    for (const [text, field] of [
      ['', 'file'],
      ['app_user_id,pkb_public_id\n', 'refresh_token'],
      [`${HEADER},granted_on\n`, 'row'],
    ] as const) {
      const { file, report } = await files(t, text);
      await assert.rejects(importLinks(app, { file, report }), { code: 'bad-input', field });
      // Or the file, once it is mended, would be refused as another one.
      assert.ok(!existsSync(report));
    }
  });
});
