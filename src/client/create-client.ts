import type { z } from 'zod';
import type * as shapes from '../http/api/answer-shapes.ts';
import type * as input from '../http/api/api-input.ts';
import { ApiProblem, type ProblemJson } from './api-problem.ts';

export type Link = z.output<typeof shapes.LinkShape>;
export type Event = z.output<typeof shapes.EventShape>;
export type AccessToken = z.output<typeof shapes.AccessToken>;
export type Demographics = z.output<typeof shapes.DemographicsShape>;
export type LinkSession = z.output<typeof shapes.LinkSessionShape>;
export type Erased = z.output<typeof shapes.ErasedShape>;
export type LinkSessionMade = z.output<typeof shapes.LinkSessionMade>;
export type LinkSessionCompleted = z.output<typeof shapes.LinkSessionCompleted>;
export type NewLinkSession = z.input<typeof input.NewLinkSession>;
export type Completion = z.input<typeof input.Completion>;

export interface ClientOptions {
  /** Where `serve` listens, for instance `http://127.0.0.1:8080`; with several tenants, with the tenant's name. */
  readonly url: string;
  readonly apiKey: string;
  readonly fetch?: typeof globalThis.fetch;
}

/** Each method is the operation of that name in `/openapi.json`. All throw ApiProblem, and what `fetch` throws. */
export interface Client {
  /** @param options.idempotencyKey the same key gets the same session, so that the call may be repeated */
  makeLinkSession(
    session: NewLinkSession,
    options?: { readonly idempotencyKey?: string },
  ): Promise<LinkSessionMade>;
  getLinkSession(id: string): Promise<LinkSession>;
  /** Who is signed in where the patient came back: only your app knows. Another account is refused. */
  completeLinkSession(id: string, completion: Completion): Promise<LinkSessionCompleted>;
  getLink(appUserId: string): Promise<Link>;
  /** Page after page, as they are asked for. */
  listLinks(of?: { readonly state?: Link['state'] }): AsyncGenerator<Link>;
  /** @param link the id of the proposal that the patient was shown and called theirs */
  confirmLink(appUserId: string, link: string): Promise<Link>;
  unlink(appUserId: string): Promise<Link>;
  /** All that is held of this person, for ever: once their account in your app is gone. Again is a success. */
  erasePerson(appUserId: string): Promise<Erased>;
  getAccessToken(appUserId: string): Promise<AccessToken>;
  getDemographics(appUserId: string): Promise<Demographics>;
  /**
   * What happened, in order, to where it has come: keep the id of the last one and go on after it.
   * @param page.after the id of the last event seen; without it from the first
   */
  listEvents(page?: { readonly after?: string }): AsyncGenerator<Event>;
  /**
   * PKB's FHIR API for this patient, with a token that never leaves the service. PKB's own answer, whatever its status.
   * @param path below PKB's FHIR address, for instance `Observation?category=vital-signs`
   * @throws ApiProblem where PKB was not asked, or did not answer
   */
  fhir(appUserId: string, path: string, init?: RequestInit): Promise<Response>;
  /** PKB's REST API in the same way: `users/self`. */
  rest(appUserId: string, path: string, init?: RequestInit): Promise<Response>;
}

export function createClient({ url, apiKey, fetch = globalThis.fetch }: ClientOptions): Client {
  const base = url.replace(/\/+$/, '');

  /** PKB's answers never have this header; ours have it when they are problems. */
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${apiKey}`);
    const response = await fetch(`${base}/v1${path}`, { ...init, headers });
    if (!response.headers.has('Pkb-Link-Failure')) return response;
    throw new ApiProblem(response, (await response.json().catch(() => ({}))) as ProblemJson);
  }

  /** Something between here and the service may answer in its place. */
  async function ask<Answer>(path: string, init?: RequestInit): Promise<Answer> {
    const response = await send(path, init);
    if (!response.ok) throw new ApiProblem(response, {});
    return (await response.json()) as Answer;
  }

  function post<Answer>(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return ask(path, {
      method: 'POST',
      headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  return {
    makeLinkSession: (session, { idempotencyKey } = {}) =>
      post(
        '/link-sessions',
        session,
        idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey },
      ),
    getLinkSession: (id) => ask(`/link-sessions/${encodeURIComponent(id)}`),
    completeLinkSession: (id, completion) =>
      post(`/link-sessions/${encodeURIComponent(id)}/complete`, completion),

    getLink: (appUserId) => ask(linkPath(appUserId)),
    async *listLinks({ state } = {}) {
      let after: string | null = null;
      do {
        const query: URLSearchParams = queryOf({ state, after });
        const page: z.output<typeof shapes.LinksPage> = await ask(`/links?${query}`);
        yield* page.links;
        after = page.next_after;
      } while (after !== null);
    },
    confirmLink: (appUserId, link) => post(`${linkPath(appUserId)}/confirm`, { link }),
    unlink: (appUserId) => ask(linkPath(appUserId), { method: 'DELETE' }),
    erasePerson: (appUserId) => ask(`/people/${encodeURIComponent(appUserId)}`, { method: 'DELETE' }),
    getAccessToken: (appUserId) => post(`${linkPath(appUserId)}/access-token`),
    getDemographics: (appUserId) => ask(`${linkPath(appUserId)}/demographics`),

    async *listEvents({ after } = {}) {
      for (;;) {
        const query: URLSearchParams = queryOf({ after });
        const page: z.output<typeof shapes.EventsPage> = await ask(`/events?${query}`);
        if (page.events.length === 0) return;
        yield* page.events;
        after = page.next_after ?? undefined;
      }
    },

    fhir: (appUserId, path, init) => send(`${linkPath(appUserId)}/fhir/${path}`, init),
    rest: (appUserId, path, init) => send(`${linkPath(appUserId)}/rest/${path}`, init),
  };
}

function linkPath(appUserId: string): string {
  return `/links/${encodeURIComponent(appUserId)}`;
}

function queryOf(parameters: Readonly<Record<string, string | null | undefined>>): URLSearchParams {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] != null);
  return new URLSearchParams(given);
}
