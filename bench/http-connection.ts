/**
 * HTTP/1.1 on one kept connection, one request after the other: no more than a bench needs, so that what it measures is
 * the server. Every answer is expected to have a Content-Length.
 */

import { once } from 'node:events';
import { connect } from 'node:net';

export interface HttpConnection {
  /** The whole answer: status line, headers and body. */
  get(path: string): Promise<string>;
  /** @param form `application/x-www-form-urlencoded` */
  post(path: string, form: string): Promise<string>;
  close(): void;
}

/** @param headers sent with each request, each line ended */
export async function connection({ hostname, port }: URL, headers = ''): Promise<HttpConnection> {
  const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname);
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  await once(socket, 'connect');
  let received = '';
  let answered: PromiseWithResolvers<string> | undefined;
  socket.on('error', (error) => answered?.reject(error));
  socket.on('data', (chunk: string) => {
    received += chunk;
    const end = endOf(received);
    if (end === undefined || received.length < end) return;
    const answer = received.slice(0, end);
    received = received.slice(end);
    answered?.resolve(answer);
  });

  function ask(head: string, body = ''): Promise<string> {
    answered = Promise.withResolvers<string>();
    socket.write(`${head} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n${headers}${body}`);
    return answered.promise;
  }

  return {
    get: (path) => ask(`GET ${path}`, '\r\n'),
    post: (path, form) =>
      ask(
        `POST ${path}`,
        `content-type: application/x-www-form-urlencoded\r\ncontent-length: ${form.length}\r\n\r\n${form}`,
      ),
    close: () => socket.destroy(),
  };
}

/** Where the first answer ends, once its headers are there. */
function endOf(text: string): number | undefined {
  const headers = text.indexOf('\r\n\r\n');
  if (headers < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headers))?.[1];
  if (length === undefined && / 30\d /.test(text.slice(0, 16)))
    return headers + 4 + emptyChunk(text, headers);
  if (length === undefined) throw new Error(`an answer without a length: ${text.slice(0, headers)}`);
  return headers + 4 + Number(length);
}

/** A redirect may come as one empty chunk. */
function emptyChunk(text: string, headers: number): number {
  return /transfer-encoding: chunked/i.test(text.slice(0, headers)) ? '0\r\n\r\n'.length : 0;
}
