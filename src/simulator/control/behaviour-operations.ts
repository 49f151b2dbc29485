/** How the simulator behaves: toggles, profiles, clients, the clock, the next answers, and what was asked. */

import { registered, type SimulatorClient, scopes } from '../oauth/clients.ts';
import { isProfile, type Profile, profiles, togglesOf } from '../profiles.ts';
import { type Endpoint, endpoints, type ScriptedAnswer } from '../script.ts';
import { readToggles, type Toggle, type Toggles, toggleEntries } from '../toggles.ts';
import { anyObject, listOf, NotThere, type Operation, object, text, whole } from './operation.ts';
import type { Schema } from './schema.ts';

const toggleSchemas = Object.fromEntries(
  toggleEntries().map(([name, toggle]) => [name, { ...schemaOf(toggle), description: toggle.what }]),
);
const toggles = object(toggleSchemas, ...Object.keys(toggleSchemas));

const client = object(
  {
    owner: text,
    product: text,
    redirectUris: listOf(text),
    scopes: listOf({ type: 'string', enum: scopes }),
    auth: { type: 'string', enum: ['none', 'post', 'basic'] },
    secret: text,
    accessTokenSeconds: whole,
    sessionSeconds: { oneOf: [whole, { type: 'string', enum: ['unlimited'] }] },
  },
  'scopes',
  'auth',
  'secret',
  'accessTokenSeconds',
  'sessionSeconds',
);

const scripted = object(
  {
    status: whole,
    headers: { type: 'object', additionalProperties: text },
    body: { oneOf: [text, anyObject], description: 'text, or an object that is sent as JSON' },
    delayMs: whole,
    act: {
      type: 'string',
      enum: ['before', 'instead'],
      description: 'before: act as asked, then answer like this',
    },
    drop: { type: 'string', enum: ['before-acting', 'after-acting'], description: 'break the connection' },
    times: { oneOf: [whole, { type: 'string', enum: ['always'] }] },
  },
  ...['status', 'headers', 'body', 'delayMs', 'act', 'drop', 'times'],
);

const endpointOf = (name: string | undefined): Endpoint => {
  const found = endpoints.find((endpoint) => endpoint === name);
  if (!found) throw new NotThere(`there is no endpoint ${name}: ${endpoints.join(', ')}`);
  return found;
};

export const behaviourOperations: readonly Operation[] = [
  {
    id: 'getSimulator',
    method: 'get',
    path: '/api/simulator',
    what: 'Where the simulator is, and what it was started with',
    answer: object({ url: text, seed: text, people: whole, now: text }),
    run: ({ world }) => ({
      url: world.origin,
      seed: world.seed,
      people: world.directory.size,
      now: new Date(world.now()).toISOString(),
    }),
  },
  {
    id: 'getToggles',
    method: 'get',
    path: '/api/toggles',
    what: 'Every toggle as it is now',
    answer: toggles,
    run: ({ world }) => world.toggles,
  },
  {
    id: 'setToggles',
    method: 'patch',
    path: '/api/toggles',
    what: 'Change some toggles, from the next request on',
    body: toggles,
    answer: toggles,
    run: ({ world }, { body }) => Object.assign(world.toggles, readToggles(body)),
  },
  {
    id: 'setProfile',
    method: 'put',
    path: '/api/profile',
    what: 'Set every toggle as a profile has it',
    body: object({ profile: { type: 'string', enum: Object.keys(profiles) } }),
    answer: toggles,
    run: ({ world }, { body }) => {
      const { profile } = body as { profile: Profile };
      if (!isProfile(profile)) throw new TypeError(`there is no profile ${profile}`);
      return Object.assign(world.toggles, togglesOf(profile) satisfies Toggles);
    },
  },
  {
    id: 'getClients',
    method: 'get',
    path: '/api/clients',
    what: 'Every registered client, secret included',
    answer: listOf(anyObject),
    run: ({ world }) => [...world.clients.values()],
  },
  {
    id: 'putClient',
    method: 'put',
    path: '/api/clients/{clientId}',
    what: 'Register a client, or register it anew',
    body: client,
    answer: anyObject,
    run: ({ world }, { path, body }) => {
      const { clientId = '' } = path;
      const known = registered({ ...(body as Omit<SimulatorClient, 'clientId'>), clientId });
      world.clients.set(clientId, known);
      return known;
    },
  },
  {
    id: 'getClock',
    method: 'get',
    path: '/api/clock',
    what: "The simulator's time",
    answer: object({ now: text }),
    run: ({ world }) => ({ now: new Date(world.now()).toISOString() }),
  },
  {
    id: 'advanceClock',
    method: 'post',
    path: '/api/clock/advance',
    what: 'Let time go by, for codes, tokens and API sessions',
    body: object({ ms: whole }),
    answer: object({ now: text }),
    run: ({ world }, { body }) => {
      world.state.clockOffset += (body as { ms: number }).ms;
      world.save();
      return { now: new Date(world.now()).toISOString() };
    },
  },
  {
    id: 'getAnswers',
    method: 'get',
    path: '/api/answers',
    what: 'The answers that wait, by endpoint',
    answer: anyObject,
    run: ({ script }) =>
      Object.fromEntries(endpoints.map((endpoint) => [endpoint, script.scripted(endpoint)])),
  },
  {
    id: 'addAnswer',
    method: 'post',
    path: '/api/answers/{endpoint}',
    what: 'Answer the next request to the endpoint like this. Without status, headers, body and drop: the real answer, late',
    body: scripted,
    run: ({ script }, { path, body }) => script.next(endpointOf(path.endpoint), body as ScriptedAnswer),
  },
  {
    id: 'clearAnswers',
    method: 'delete',
    path: '/api/answers/{endpoint}',
    what: 'Forget the answers that wait for the endpoint',
    run: ({ script }, { path }) => script.clear(endpointOf(path.endpoint)),
  },
  {
    id: 'getRequests',
    method: 'get',
    path: '/api/requests',
    what: 'What was asked, oldest first, with all that is secret in it: everybody here is invented',
    query: { endpoint: { type: 'string', enum: endpoints } },
    answer: listOf(anyObject),
    run: ({ script }, { query }) =>
      script.received(query.endpoint === undefined ? undefined : endpointOf(query.endpoint)),
  },
  {
    id: 'forgetRequests',
    method: 'delete',
    path: '/api/requests',
    what: 'Forget what was asked so far',
    run: ({ script }) => script.forget(),
  },
];

function schemaOf(toggle: Toggle<unknown>): Schema {
  if (typeof toggle.default === 'boolean') return { type: 'boolean' };
  if (toggle.words.length === 0) return whole;
  const word: Schema = { type: 'string', enum: toggle.words };
  return toggle.accepts(1) ? { oneOf: [word, whole] } : word;
}
