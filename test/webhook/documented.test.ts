import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FeedEvent } from '../../src/model.ts';
import { RETRIES } from '../../src/outward/deliver.ts';
import { createWebhook } from '../../src/webhook/http.ts';
import { parseSecrets, signedHeaders } from '../../src/webhook/sign.ts';
import { NEXT_SECRET, SECRET } from './receiver.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const EVENTS = readFileSync(`${root}docs/events.md`, 'utf8');
const EVENT: FeedEvent = {
  id: '5c2f4a7e-1d39-4d1c-9f5a-0c6f8f6f2a11',
  appUserId: 'account-1',
  type: 'link.active',
  at: new Date('2026-03-01T09:00:00Z'),
};

describe('docs/events.md', () => {
  it('shows the examples that are run here, to the letter', () => {
    const shown = [...EVENTS.matchAll(/<!-- example: (\S+) -->\n```\w+\n(.*?)```/gs)];
    assert.equal(shown.length, 2);
    for (const [, file, code] of shown) assert.equal(code, readFileSync(`${root}${file}`, 'utf8'));
  });

  it('says when a failed event is sent again', () => {
    const said = RETRIES.map((wait) =>
      wait < 60_000
        ? `${wait / 1000} s`
        : wait < 3_600_000
          ? `${wait / 60_000} min`
          : `${wait / 3_600_000} h`,
    );
    assert.ok(EVENTS.includes(`${said.slice(0, 9).join(', ')} and then five times 12 h`));
    assert.deepEqual(said.slice(9), Array(5).fill('12 h'));
    assert.ok(EVENTS.includes(`${RETRIES.length + 1}\n  attempts`));
  });

  it('has a receiver in Node that accepts what is signed, and nothing else', async (t) => {
    const child = spawn(process.execPath, ['examples/receive-webhooks.ts'], {
      cwd: root,
      env: { PKB_LINK_WEBHOOK_SECRETS: SECRET, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill());
    const says = async () => String((await once(child.stdout, 'data'))[0]);
    const [, port] = /port: (\d+)/.exec(await says()) ?? [];
    const url = `http://127.0.0.1:${port}/`;
    const send = (secret: string) =>
      createWebhook({ url, secrets: [secret], privateAddresses: true }).send(EVENT);
    const said = says();
    assert.deepEqual(await send(SECRET), { accepted: true });
    assert.equal(await said, 'link.active account-1 none\n');
    assert.deepEqual(await send(NEXT_SECRET), { accepted: false, failure: 'status 400' });
  });

  const noPython = spawnSync('python3', ['--version']).status !== 0 && 'needs python3';
  it('has a check of signatures in Python that tells right from wrong', { skip: noPython }, () => {
    const body = '{"a":"£"}';
    const headers = (secrets: string[], at: Date) =>
      signedHeaders(parseSecrets(secrets), { id: EVENT.id, at, body });
    const now = new Date();
    const calls = [
      headers([SECRET], now),
      headers([NEXT_SECRET, SECRET], now),
      headers([NEXT_SECRET], now),
      headers([SECRET], new Date(now.getTime() - 600_000)),
    ];
    const script = `import json, sys; from verify_webhook import verify
print([verify("${SECRET}", headers, '${body}'.encode()) for headers in json.load(sys.stdin)])`;
    const { stdout, stderr } = spawnSync('python3', ['-B', '-c', script], {
      cwd: `${root}examples`,
      input: JSON.stringify(calls),
      encoding: 'utf8',
    });
    assert.equal(stdout, '[True, True, False, False]\n', stderr);
  });
});
