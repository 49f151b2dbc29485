import type { TestContext } from 'node:test';
import { listen } from '../../src/cli/listen.ts';
import type { Routes } from '../../src/http/tenants.ts';

/** Asks routes as callers do: behind the server that `serve` has, with what that adds to each answer. */
export async function listening(
  t: TestContext,
  routes: Routes,
): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const { url, stop } = await listen((request, connection) => routes.fetch(request, connection), {
    host: '127.0.0.1',
    port: 0,
  });
  t.after(() => stop());
  return (path, init) => fetch(url + path, init);
}
