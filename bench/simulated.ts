/** The stand-in PKB and the browsers of its patients. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { others } from './others.ts';
import type { Ask, Counted, Ready } from './simulator-process.ts';

export interface Simulated extends Ready {
  /** The patient logs in and approves. Gives the address that the browser is sent back to. */
  approve(url: string, publicId: string): Promise<URL>;
  delay(ms: number): Promise<void>;
  count(): Promise<Counted>;
  close(): Promise<void>;
}

export async function simulated(patients: number): Promise<Simulated> {
  const { contenders } = await others();
  const redirectUris = new Set(contenders.map(({ redirectUri }) => redirectUri));
  const child = fork(
    fileURLToPath(new URL('./simulator-process.ts', import.meta.url)),
    [String(patients), ...redirectUris],
    { execArgv: ['--conditions=pkb-link-source'] },
  );
  const [ready] = (await once(child, 'message')) as [Ready];

  async function ask<Answer>(message: Ask): Promise<Answer> {
    child.send(message);
    const [answer] = await once(child, 'message');
    return answer;
  }

  async function press(form: Record<string, string>, page: string): Promise<Response> {
    const interaction = /name="interaction" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const body = new URLSearchParams({ interaction, ...form });
    return fetch(`${ready.url}/apiAuthorize.action`, { method: 'POST', body, redirect: 'manual' });
  }

  async function approved(url: string, person: string): Promise<URL> {
    const logIn = await (await fetch(url)).text();
    const question = await (await press({ person }, logIn)).text();
    const answer = await press({ answer: 'approve' }, question);
    return new URL(answer.headers.get('location') ?? '');
  }

  return {
    ...ready,
    // Once more, as a browser does where the server has just closed the connection that it kept.
    approve: (url, person) => approved(url, person).catch(() => approved(url, person)),
    delay: (delayMs) => ask({ delayMs }),
    count: () => ask({ count: true }),
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
