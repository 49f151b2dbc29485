/**
 * A partner's back end and the browsers of its patients, as they are behind a proxy. The back end says again what
 * docs/calling-the-api.md says may be said again, and nothing else; a browser says nothing again.
 */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { API_KEY } from '../cli/command-line.ts';

const RETURN_URL = 'https://app.example/linked';
/** What a proxy answers whose process has gone, and a process that has too much to do. */
const AGAIN: ReadonlySet<number> = new Set([502, 503, 504]);
const TRIES = 5;

export interface Partner {
  /** From the link session to the confirmed link. */
  link(appUserId: string, person: string): Promise<void>;
  /** An access token that is fresh. */
  token(appUserId: string): Promise<string>;
  /** The account's own user at PKB, through the service. */
  read(appUserId: string): Promise<void>;
  /** All events, in order. */
  events(): Promise<{ readonly type: string; readonly app_user_id: string }[]>;
  links(): Promise<{ readonly app_user_id: string; readonly state: string }[]>;
  /** Calls that were made again. */
  readonly repeated: () => number;
}

export function partner(at: { readonly backEnds: string; readonly patients: string }): Partner {
  let repeated = 0;

  async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const init = {
      method,
      headers: {
        authorization: `Bearer ${API_KEY}`,
        ...(body && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      ...(body && { body: JSON.stringify(body) }),
    };
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(`${at.backEnds}${path}`, init).catch(() => undefined);
      const said = response && (await response.text().catch(() => undefined));
      const final = response !== undefined && said !== undefined && !AGAIN.has(response.status);
      if (final && response.ok) return JSON.parse(said);
      if (final || tries === TRIES) {
        throw new Error(
          `${method} ${path.replace(/[^/]*$/, '')} ${response?.status ?? 'no answer'}: ${said}`,
        );
      }
      repeated += 1;
      await pause(1000 * Number(response?.headers.get('retry-after') ?? 0.1));
    }
  }

  async function all<Row>(path: string, name: string): Promise<Row[]> {
    const rows: Row[] = [];
    for (let after: unknown = ''; ; ) {
      const page = await call('GET', `${path}?limit=500${after === '' ? '' : `&after=${after}`}`);
      const more = page[name] as Row[];
      rows.push(...more);
      if (more.length === 0 || page.next_after === null) return rows;
      after = page.next_after;
    }
  }

  return {
    async link(appUserId, person) {
      const made = await call('POST', '/v1/link-sessions', {
        app_user_id: appUserId,
        return_url: RETURN_URL,
      });
      const browser = newBrowser(at.patients);
      await browser.get(String(made.url));
      const pkb = await browser.post(`${at.patients}/pkb/authorize`, {});
      const question = await answered(pkb, await (await fetch(pkb)).text(), { person });
      const back = await answered(pkb, await question.text(), { answer: 'approve' });
      const location =
        back.headers.get('location') ?? assert.fail(`PKB ${back.status}: ${title(await back.text())}`);
      const returned = new URL(await browser.get(location));
      assert.equal(returned.origin, 'https://app.example', `came to ${returned.pathname}`);
      const path = `/v1/link-sessions/${returned.searchParams.get('session')}/complete`;
      const completion = returned.searchParams.get('completion');
      const { link } = await call('POST', path, { app_user_id: appUserId, completion });
      const confirmed = await call('POST', `/v1/links/${appUserId}/confirm`, {
        link: (link as { link: string }).link,
      });
      assert.equal(confirmed.state, 'active');
    },
    async token(appUserId) {
      return String((await call('POST', `/v1/links/${appUserId}/access-token`)).access_token);
    },
    async read(appUserId) {
      assert.equal((await call('GET', `/v1/links/${appUserId}/rest/users/self`)).patient, true);
    },
    events: () => all('/v1/events', 'events'),
    links: () => all('/v1/links', 'links'),
    repeated: () => repeated,
  };
}

/** One click on a page of PKB. */
function answered(pkb: string, page: string, fields: Record<string, string>): Promise<Response> {
  const [, interaction = ''] = /name="interaction" value="([^"]+)"/.exec(page) ?? [];
  return fetch(new URL('/apiAuthorize.action', pkb), {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ interaction, ...fields }),
  });
}

/** Keeps cookies, and follows redirects for as long as they stay with the service. */
function newBrowser(origin: string) {
  const cookies = new Map<string, string>();

  async function go(url: string, init: RequestInit): Promise<string> {
    if (!url.startsWith(`${origin}/`)) return url;
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), origin },
    });
    const said = await response.text();
    if (response.status >= 400)
      throw new Error(`${new URL(url).pathname.split('/')[2]} ${response.status}: ${title(said)}`);
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    return location === null ? url : go(new URL(location, url).href, {});
  }

  return {
    get: (url: string) => go(url, {}),
    post: (url: string, form: Record<string, string>) =>
      go(url, { method: 'POST', body: new URLSearchParams(form) }),
  };
}

function title(page: string): string {
  return /<title>([^<]*)/.exec(page)?.[1] ?? page.slice(0, 200);
}
