/** A server's beginning and end. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The port it listens on: `port`, or a free one for 0. @throws Error where it is taken */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Breaks open connections and frees the port. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
