/**
 * What docs/decisions/0016 promises: statements that run for each token, each call to PKB and each event name the account,
 * so that a database whose links are spread by it asks one part only. The statements are those of the flows themselves.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '../../src/app.ts';
import { account } from '../../src/flow/account.ts';
import { history } from '../../src/flow/history.ts';
import { link } from '../../src/flow/link.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { request } from '../../src/flow/request.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';
import type { Query, Sql, SqlDatabase } from '../../src/storage/sql.ts';
import { sqlStore } from '../../src/storage/sql-store.ts';
import { APP_USER_ID, linked, proposed, type Story, story } from '../flow/story.ts';
import { postgresServer, withoutPostgres } from './postgres-server.ts';

const server = postgresServer();

/** Spread by the hash of the account. */
const SPREAD = ['link', 'link_event', 'webhook_line'];
const PARTS = 8;

/** Statements that look in every part, and why that may be. Each runs once in a link's life, or seldom. */
const FAN_OUT: readonly (readonly [RegExp, string])[] = [
  [
    /where [\s\S]*and id = \$\d+ and version = \$\d+ and state <> 'unlinked'/,
    'changeLink, before it names the account',
  ],
  [
    /where [\s\S]*and client_id = \$\d+ and id = \$\d+$/,
    'findLinkById: the proposal that a patient confirms',
  ],
  [/and public_id = \$\d+/, 'findConfirmedLink: whose record it is already'],
  [/state = 'proposed' and proposal_expires_at/, 'purgeExpired: proposals that nobody confirmed'],
  [/position/, 'the feed: one order for all accounts'],
];

describe('a database spread by account', withoutPostgres, () => {
  let database: SqlDatabase;
  let url: string;
  let seen: Query[] = [];

  /** The same database, whose statements are written down. */
  function recorded(sql: Sql): Sql {
    const written = <Answer>(query: Query, answer: Answer): Answer => {
      seen.push(query);
      return answer;
    };
    return {
      all: (query) => written(query, sql.all(query)),
      get: (query) => written(query, sql.get(query)),
      run: (query) => written(query, sql.run(query)),
      script: (text) => sql.script(text),
    };
  }

  before(async () => {
    url = await server.newDatabase();
  });
  after(() => database?.close());

  /** What `work` asks of the database, on tables that are spread. */
  async function asked(work: () => Promise<unknown>): Promise<readonly Query[]> {
    seen = [];
    await work();
    return seen.filter(({ text }) =>
      SPREAD.some((table) => new RegExp(`\\b(from|into|update|join) ${table}\\b`).test(text)),
    );
  }

  async function told(t: Parameters<typeof story>[0]): Promise<Story> {
    const first = await story(t, { databaseUrl: url });
    database ??= openPostgres(url);
    const store = {
      ...sqlStore(
        {
          ...database,
          ...recorded(database),
          transaction: (work) => database.transaction((tx) => work(recorded(tx))),
          close: () => database.close(),
        },
        {
          scope: first.app.store.scope,
          keyRing: parseKeyRing(`k1:${Buffer.alloc(32, 'story').toString('base64')}`),
          now: first.app.now,
        },
      ),
    };
    const app: App = { ...first.app, store };
    return { ...first, app };
  }

  it('is asked in one part for a token, a refresh, a call, an event, a history and a webhook', async (t) => {
    const s = await told(t);
    await linked(s);
    await s.app.store.queueWebhooks();
    const { restBaseUrl } = s.app.provider.settings;
    const hot: Record<string, () => Promise<unknown>> = {
      'a token that is fresh': () => refresh(s.app, { appUserId: APP_USER_ID }),
      'a refresh': () => {
        s.advance(1801);
        return refresh(s.app, { appUserId: APP_USER_ID });
      },
      'a refresh that is refused': async () => {
        s.advance(1801);
        s.simulator.next('token', { status: 503 });
        await assert.rejects(refresh(s.app, { appUserId: APP_USER_ID }));
        s.advance(120);
        return refresh(s.app, { appUserId: APP_USER_ID });
      },
      'a call to PKB': () => request(s.app, { appUserId: APP_USER_ID, url: `${restBaseUrl}/users/self` }),
      'the link': () => account(s.app, { appUserId: APP_USER_ID }),
      'its history': () => history(s.app, { appUserId: APP_USER_ID }),
    };
    await server.query(spreadCopy(), url);
    for (const [what, work] of Object.entries(hot)) {
      const statements = await asked(work);
      assert.ok(statements.length > 0, what);
      for (const query of statements) {
        assert.match(query.text, /app_user_id = \$\d+/, `${what}: ${query.text}`);
        assert.deepEqual(await partsOf(query), 1, `${what}: ${query.text}`);
      }
    }
  });

  it('is asked in every part by no other statements of linking and unlinking than those that are known', async (t) => {
    const s = await told(t);
    const who = {
      appUserId: 'account-2',
      browserSession: 'another-browser-session-of-128-bits',
      familyName: 'Whitfield',
    };
    const statements = await asked(async () => {
      const proposal = await proposed(s, who);
      await link(s.app, { appUserId: who.appUserId, linkId: proposal.id });
      await unlink(s.app, { appUserId: who.appUserId });
      await s.app.store.listFeed({ limit: 10 });
    });
    const known = new Set<string>();
    for (const { text } of statements) {
      if (/app_user_id = \$\d+|insert into link \(|values \(/.test(text)) continue;
      const [, why] = FAN_OUT.find(([pattern]) => pattern.test(text.trim())) ?? [];
      assert.ok(why, `names no account: ${text}`);
      known.add(why);
    }
    assert.equal(known.size, FAN_OUT.length, 'what is known is still so');
  });

  /** The tables once more, spread: as a partitioned table of PostgreSQL, which is how it shows what it asks. */
  function spreadCopy(): string {
    const parts = (table: string) =>
      Array.from(
        { length: PARTS },
        (_, n) =>
          `create table spread.${table}_${n} partition of spread.${table} for values with (modulus ${PARTS}, remainder ${n});`,
      ).join('\n');
    return [
      'create schema spread;',
      ...SPREAD.map(
        (table) =>
          `create table spread.${table} (like public.${table} including defaults including generated including identity) partition by hash (app_user_id);\n${parts(table)}`,
      ),
    ].join('\n');
  }

  /** How many parts of the spread tables a statement looks in, at most in one of them. */
  async function partsOf({ text, values }: Query): Promise<number> {
    const plan = await database.transaction(async (tx) => {
      await tx.run({ text: 'set local search_path = spread, public', values: [] });
      return tx.all<{ 'QUERY PLAN': unknown }>({ text: `explain (format json) ${text}`, values });
    });
    const names = new Set(
      JSON.stringify(plan).match(/"Relation Name":"(link|link_event|webhook_line)_\d"/g) ?? [],
    );
    return Math.max(
      ...SPREAD.map((table) => [...names].filter((name) => name.includes(`"${table}_`)).length),
    );
  }
});
