/**
 * Whose requests the control server answers. It listens where other programs of this machine can reach it, a web page in
 * a browser among them: one that points its own name at 127.0.0.1 is known by its Host, one that sends a form by its Origin.
 */

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Why a request is not answered; undefined where it is. @param bound the address that the server listens on */
export function refusalOf(request: Request, bound: string): string | undefined {
  const host = request.headers.get('host') ?? '';
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (![...LOOPBACK, bound].includes(name)) {
    return `The control server is asked as ${LOOPBACK.join(' or ')}, not as ${name || 'nothing'}.`;
  }
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  const same = (origin === null || origin === `http://${host}`) && (site === null || site === 'same-origin');
  return same ? undefined : 'Only the pages of the control server may send it anything from a browser.';
}
