// A partner's app whose patients link on pages that `pkb-link serve` hosts. It speaks HTTP and imports nothing of pkb-link:
// yours may be in any language.
import { createServer, type IncomingMessage } from 'node:http';

const { PKB_LINK_URL = 'http://localhost:8080', PKB_LINK_API_KEY = '', PORT = '3000' } = process.env;
const APP_URL = `http://localhost:${PORT}`;

async function pkbLink(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${PKB_LINK_URL}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${PKB_LINK_API_KEY}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}

/** Your own session goes here: the app_user_id of who is signed in. This one believes whatever /log-in was told. */
function signedIn(request: IncomingMessage): string | undefined {
  return /account=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
}

/** What the app answers: a redirect, or a line of text. */
async function answer(url: URL, account: string | undefined): Promise<{ to: string } | { text: string }> {
  const then = encodeURIComponent(url.pathname + url.search);
  if (account === undefined) return { text: `Log in first: /log-in?as=NAME&then=${then}` };
  switch (url.pathname) {
    case '/connect':
    case '/connection': {
      const page = url.pathname === '/connect' ? 'link' : 'connection';
      const made = { app_user_id: account, return_url: `${APP_URL}/linked`, page };
      return { to: String((await pkbLink('POST', '/link-sessions', made)).url ?? '/') };
    }
    case '/linked': {
      const session = url.searchParams.get('session') ?? '';
      const completion = url.searchParams.get('completion');
      if (completion === null) return { to: '/' };
      // The account that is signed in here and now, never one that was remembered from /connect.
      const completing = { app_user_id: account, completion };
      const path = `/link-sessions/${encodeURIComponent(session)}/complete`;
      // Where the patient goes next; after a failure, to the page that tells them. None where there is too much to do.
      return { to: String((await pkbLink('POST', path, completing)).next_url ?? '/') };
    }
    default: {
      const link = await pkbLink('GET', `/links/${encodeURIComponent(account)}`);
      return { text: `Hello ${account}. Your PKB record: ${link.state ?? 'not connected'}` };
    }
  }
}

createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', APP_URL);
  if (url.pathname === '/log-in') {
    response.setHeader('set-cookie', `account=${url.searchParams.get('as')}; Path=/; HttpOnly; SameSite=Lax`);
    const then = url.searchParams.get('then') ?? '/';
    return response.writeHead(303, { location: /^\/(?![/\\])[!-~]*$/.test(then) ? then : '/' }).end();
  }
  const answered = await answer(url, signedIn(request)).catch(() => ({ text: 'Away. Try again later.' }));
  if ('to' in answered) return response.writeHead(303, { location: answered.to }).end();
  return response.writeHead(200, { 'content-type': 'text/plain' }).end(answered.text);
}).listen(Number(PORT));
