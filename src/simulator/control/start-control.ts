/** The control server: pages and a JSON API, on a port of its own, loopback unless it is told otherwise. */

import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { stylesheet } from '../layout.ts';
import { close, listen } from '../listen.ts';
import { endpoints, type ScriptedAnswer } from '../script.ts';
import { limitBody } from '../wire.ts';
import { answersPage, requestsPage } from './answer-pages.ts';
import { addApi } from './api.ts';
import { refusalOf } from './guard.ts';
import type { Controls } from './operation.ts';
import { overviewPage } from './overview-page.ts';
import { errorPage } from './page.ts';
import { peoplePage, personPage } from './people-pages.ts';
import { readyAnswers } from './ready-answers.ts';
import { sessionPage, sessionsPage } from './session-pages.ts';
import { togglesPage } from './toggles-page.ts';

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws Error where the port is taken */
export async function startControl(
  controls: Controls,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<ControlServer> {
  const listener = getRequestListener(controlRoutes(controls, host).fetch, { overrideGlobalObjects: false });
  const server: Server = createServer(listener);
  const listening = await listen(server, port, host);
  return { url: `http://localhost:${listening}`, close: () => close(server) };
}

function controlRoutes(controls: Controls, host: string): Hono {
  const app = new Hono();
  app.use(limitBody(256 * 1024, () => errorPage(413, 'That is too much.')));
  app.use(async (c, next) => {
    const refusal = refusalOf(c.req.raw, host);
    return refusal === undefined ? next() : errorPage(403, refusal);
  });
  addApi(app, controls);
  app.get('/', () => overviewPage(controls));
  app.get('/people', (c) => peoplePage(controls, c.req.query()));
  app.get('/people/:publicId', (c) => personPage(controls, c.req.param('publicId')));
  app.get('/sessions', () => sessionsPage(controls));
  app.get('/sessions/:id', (c) => sessionPage(controls, c.req.param('id')));
  app.get('/toggles', () => togglesPage(controls));
  app.get('/answers', () => answersPage(controls));
  app.get('/requests', () => requestsPage(controls));
  app.post('/add-answer', async (c) => addReadyAnswer(controls, new URLSearchParams(await c.req.text())));
  app.get('/simulator.css', () => stylesheet());
  app.onError((error) => errorPage(500, error.message));
  app.notFound(() => errorPage(404, 'There is no such page.'));
  return app;
}

function addReadyAnswer({ script }: Controls, form: URLSearchParams): Response {
  const endpoint = endpoints.find((one) => one === form.get('endpoint'));
  const ready = readyAnswers.find(({ name }) => name === form.get('answer'));
  const times = readTimes(form.get('times') ?? '1');
  if (!endpoint || !ready || times === undefined) {
    return errorPage(422, 'Choose an endpoint, an answer, and how many times: a number from 1, or always.');
  }
  script.next(endpoint, { ...ready.answer, times });
  return new Response(null, { status: 303, headers: { location: '/answers' } });
}

function readTimes(text: string): NonNullable<ScriptedAnswer['times']> | undefined {
  if (text === 'always') return text;
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}
