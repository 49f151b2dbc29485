import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { reach } from '../../src/provider/upstream.ts';

/** A server that answers as it is told, and its address. */
async function serverThat(t: TestContext, answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('reach', () => {
  it('gives the answer as it came', async (t) => {
    const url = await serverThat(t, (response) => {
      response.writeHead(418, { 'content-type': 'text/plain', 'x-said': 'tea' }).end('short and stout');
    });
    const response = await reach(1000, (signal) => fetch(url, { signal }));
    assert.deepEqual([response.status, response.headers.get('x-said')], [418, 'tea']);
    assert.equal(await response.clone().text(), 'short and stout');
    assert.equal(await response.text(), 'short and stout');
  });

  it('gives up where no answer begins, or its body stops coming', async (t) => {
    const silent = await serverThat(t, () => {});
    const late = { name: 'UpstreamUnavailableError', code: 'timeout' };
    await assert.rejects(
      reach(50, (signal) => fetch(silent, { signal })),
      late,
    );

    const stalled = await serverThat(t, (response) => response.writeHead(200).write('half'));
    const response = await reach(50, (signal) => fetch(stalled, { signal }));
    await assert.rejects(response.text(), late);
  });

  it('does not count how long a whole answer takes, nor how long its reader does', async (t) => {
    const pieces: ServerResponse[] = [];
    const url = await serverThat(t, (response) => {
      response.writeHead(200).write('0');
      pieces.push(response);
    });
    const timeoutMs = 500;
    const response = await reach(timeoutMs, (signal) => fetch(url, { signal }));
    const reader = response.body?.getReader();
    const began = Date.now();
    let text = '';
    // Each piece is sent when the one before has been read, and asked for after more than the limit.
    for (let n = 1; ; n += 1) {
      const piece = await reader?.read();
      if (!piece || piece.done) break;
      text += new TextDecoder().decode(piece.value);
      await new Promise((resolve) => setTimeout(resolve, timeoutMs * 1.2));
      if (n < 3) pieces[0]?.write(String(n));
      else pieces[0]?.end();
    }
    assert.equal(text, '012');
    assert.ok(Date.now() - began > 3 * timeoutMs);
  });

  it('lets go of the connection where its reader does', async (t) => {
    const closed = Promise.withResolvers<void>();
    const url = await serverThat(t, (response) => {
      response.on('close', closed.resolve);
      response.writeHead(200).write('x'.repeat(100_000));
    });
    const response = await reach(1000, (signal) => fetch(url, { signal }));
    await response.body?.cancel();
    await closed.promise;
  });

  it('tells a broken connection from a slow one', async (t) => {
    const url = await serverThat(t, (response) => {
      response.writeHead(200).write('half', () => response.destroy());
    });
    const response = await reach(1000, (signal) => fetch(url, { signal }));
    await assert.rejects(response.text(), { name: 'UpstreamUnavailableError', code: 'network' });
  });
});
