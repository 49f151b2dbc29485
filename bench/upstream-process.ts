/** PKB's FHIR API in a process of its own, as fast as a process can answer: a short Bundle, or as many pieces as are asked for. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const PIECE = Buffer.alloc(64 * 1024, 'x');
const BUNDLE = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry: [] });

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/fhir+json');
  const pieces = Number(/^\/fhir\/long\/(\d+)$/.exec(request.url ?? '')?.[1]);
  if (Number.isNaN(pieces)) return response.end(BUNDLE);
  response.writeHead(200);
  let sent = 0;
  function send(): void {
    while (sent < pieces) {
      sent += 1;
      if (!response.write(PIECE)) {
        response.once('drain', send);
        return;
      }
    }
    response.end();
  }
  send();
  return response;
}).listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('disconnect', () => process.exit());
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
