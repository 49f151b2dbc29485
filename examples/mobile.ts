// The back end of a mobile app whose patients link on pages that `pkb-link serve` hosts. The app opens the address that it
// gets in the system's browser, and tells this back end with which address it was opened again.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';

const { PKB_LINK_URL = 'http://localhost:8080', PKB_LINK_API_KEY = '', PORT = '3000' } = process.env;
const APP_URL = `http://localhost:${PORT}`;

/** Both are in PKB_LINK_RETURN_ADDRESSES. The first belongs to the app by the system's own word, the second by its name. */
const RETURN_URLS: Readonly<Record<string, string>> = {
  'claimed-https': `${APP_URL}/linked`,
  'private-use': 'com.example.ridgeway:/linked',
};

const SCREENS: Readonly<Record<string, string>> = {
  '/': 'mobile-claimed-https.html',
  // Where the system does not open the app at its address, a page is there.
  '/linked': 'mobile-claimed-https.html',
  '/private-use': 'mobile-private-use.html',
};

async function pkbLink(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${PKB_LINK_URL}/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${PKB_LINK_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, unknown>;
}

/** The app's own access to its back end goes here: whose it is. This one believes what it is told. */
function signedIn(request: IncomingMessage): string {
  return request.headers.authorization?.replace('Bearer ', '') ?? '';
}

async function jsonOf(request: IncomingMessage): Promise<Record<string, string>> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', APP_URL);
  const screen = SCREENS[pathname];
  if (screen !== undefined) {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(readFileSync(new URL(screen, import.meta.url)));
  }
  if (request.method !== 'POST') return response.writeHead(404).end();
  const account = signedIn(request);
  const said = await jsonOf(request);
  const answer =
    pathname === '/api/connect'
      ? await pkbLink('/link-sessions', { app_user_id: account, return_url: RETURN_URLS[said.by ?? ''] })
      : await pkbLink(`/link-sessions/${encodeURIComponent(said.session ?? '')}/complete`, {
          app_user_id: account,
          completion: said.completion,
        });
  return response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
}).listen(Number(PORT));
