/** The console's routes on a story, and a browser's part of what happens there, without a browser. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Hono } from 'hono';
import { makeConsoleCode } from '../../src/console/make-code.ts';
import { type ConsoleOptions, consoleRoutes } from '../../src/console/routes.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import type { ConsoleRole } from '../../src/model.ts';
import { type Story, type StoryOptions, story } from '../flow/story.ts';

export const CONSOLE = 'https://console.example';

export interface Somebody {
  /** `name=value`, as a browser sends it. */
  cookie: string;
  get(path: string): Promise<Page>;
  /** Presses the button of the form on `page` that leads to `path`, with more fields where it has some. */
  press(page: Page, path: string, fields?: Readonly<Record<string, string>>): Promise<Page>;
  /** Whatever a page of another site, or no page at all, could send. */
  post(
    path: string,
    options: { readonly headers?: Record<string, string>; readonly body?: string },
  ): Promise<Page>;
}

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** Its text in one line, without the tags. */
  readonly text: string;
}

export interface ConsoleStory extends Story {
  readonly routes: Hono;
  /** Has signed in by a code. */
  signedIn(role: ConsoleRole, name?: string): Promise<Somebody>;
  stranger(): Somebody;
  codeFor(role: ConsoleRole, name?: string): Promise<string>;
}

export async function consoleStory(
  t: TestContext,
  { console: options = {}, ...more }: StoryOptions & { readonly console?: Partial<ConsoleOptions> } = {},
): Promise<ConsoleStory> {
  const told = await story(t, more);
  const metrics = createMetrics({ log: () => {}, fetch: globalThis.fetch });
  const routes = consoleRoutes(told.app, { url: CONSOLE, metrics, ...options });

  function stranger(): Somebody {
    const somebody: Somebody = { cookie: '', get, press, post };

    async function ask(path: string, init: RequestInit): Promise<Page> {
      const headers = new Headers(init.headers);
      if (somebody.cookie !== '') headers.set('Cookie', somebody.cookie);
      const response = await routes.request(CONSOLE + path, { ...init, headers });
      for (const set of response.headers.getSetCookie()) {
        const [pair = ''] = set.split(';');
        const [name = ''] = pair.split('=');
        const others = somebody.cookie.split('; ').filter((one) => one !== '' && !one.startsWith(`${name}=`));
        const gone = /Max-Age=0/i.test(set);
        somebody.cookie = [...others, ...(gone ? [] : [pair])].join('; ');
      }
      const html = await response.text();
      const text = html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
      return { status: response.status, headers: response.headers, html, text };
    }

    async function get(path: string): Promise<Page> {
      return ask(path, {});
    }

    async function press(
      page: Page,
      path: string,
      fields: Readonly<Record<string, string>> = {},
    ): Promise<Page> {
      const form = page.html.split('<form').find((one) => one.includes(`action="${path}"`));
      assert.ok(form !== undefined, `the page has a form that leads to ${path}`);
      const [, token = ''] = /name="form" value="([^"]*)"/.exec(form) ?? [];
      return post(path, {
        headers: { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded' },
        body: String(new URLSearchParams({ form: token, ...fields })),
      });
    }

    async function post(
      path: string,
      { headers = {}, body = '' }: { readonly headers?: Record<string, string>; readonly body?: string },
    ): Promise<Page> {
      return ask(path, { method: 'POST', headers, body });
    }

    return somebody;
  }

  async function codeFor(role: ConsoleRole, name = 'Ann'): Promise<string> {
    return (await makeConsoleCode(told.app, { name, role })).code;
  }

  return {
    ...told,
    routes,
    stranger,
    codeFor,
    async signedIn(role, name) {
      const somebody = stranger();
      const path = `/admin/sign-in/code/${await codeFor(role, name)}`;
      const { status } = await somebody.press(await somebody.get(path), path);
      assert.equal(status, 303);
      return somebody;
    },
  };
}

/** Who did what, oldest first, as `actor: act`. */
export async function trail({ app }: Story): Promise<readonly string[]> {
  const entries = await app.store.listAudit({ limit: 500 });
  return entries.map(({ actor, act }) => `${actor}: ${act}`);
}
