/** A partner's receiver of webhooks: a real server, that answers what it is told to and remembers what it was sent. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export const SECRET = `whsec_${Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64')}`;
export const NEXT_SECRET = `whsec_${Buffer.from('vutsrqponmlkjihgfedcba9876543210').toString('base64')}`;

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string | null>>;
}

export interface Answer {
  /** `hang`: never answers. */
  readonly status: number | 'hang';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Called when the answer is on its way. */
  readonly answered?: () => void;
  readonly afterMs?: number;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** What it answers from now on. */
  answers(how: (received: Received) => Answer): void;
  /** Resolves as soon as it is so, looking at each request received and at each answer given. */
  until(so: (received: readonly Received[]) => boolean): Promise<void>;
  /** Cuts every connection and is not there for so long. */
  restart(awayMs: number): Promise<void>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let answer: (received: Received) => Answer = () => ({ status: 204 });
  let changed = Promise.withResolvers<void>();
  /** Wakes who waits: an answer that is given late counts later than its request. */
  function moved(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks).toString();
    const { type, data } = JSON.parse(body);
    const one = { headers: request.headers, body, id: String(request.headers['webhook-id']), type, data };
    received.push(one);
    moved();
    const { status, headers, body: text, answered, afterMs = 0 } = answer(one);
    if (status === 'hang') return;
    const give = () => {
      answered?.();
      moved();
      response.writeHead(status, headers).end(text);
    };
    if (afterMs > 0) setTimeout(give, afterMs);
    else give();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function stop(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    answers(how) {
      answer = how;
    },
    async until(so) {
      while (!so(received)) await changed.promise;
    },
    async restart(awayMs) {
      await stop();
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    close: stop,
  };
}
