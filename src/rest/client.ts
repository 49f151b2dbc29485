/** Measurements of one patient in PKB's Custom REST API (PKB, "REST API"; "Frequently requested APIs"). */

import { FaultError, InvalidRequestError } from '../errors.ts';
import { callRefusal } from '../provider/refusals.ts';
import { parseJson, readAnswer, type Send } from '../provider/upstream.ts';
import type { RestClient } from './rest.ts';

interface ClientOptions {
  /** Adds the access token. */
  readonly send: Send;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly now: () => Date;
}

export function restClient({ send, baseUrl, now }: ClientOptions): RestClient {
  async function ask<Body>(path: string, init: RequestInit = {}): Promise<Body> {
    const headers = { accept: 'application/json', ...(init.headers as Record<string, string>) };
    const response = await send(`${baseUrl}${path}`, { ...init, headers });
    if (!response.ok) throw callRefusal(await readAnswer(response), now());
    const text = await response.text();
    const body = parseJson(text);
    // Whether a write is answered with what was written is not documented.
    if (body === undefined && text !== '') {
      throw new FaultError('unexpected-response', `${path.split('?')[0]} did not answer with JSON`);
    }
    return body as Body;
  }

  return {
    measurementTypes: () => ask('/v2-beta/measurements/apiRefs'),

    async measurements(apiRefs) {
      if (apiRefs.length === 0) throw bad('api_refs', 'must name one type or more');
      const query = new URLSearchParams(apiRefs.map((apiRef): [string, string] => ['apiRefs', apiRef]));
      return ask(`/v2-beta/measurements?${query}`);
    },

    measurementsOfType: (type) => ask(`/v1/measurements/byType/${encodeURIComponent(type)}`),

    createMeasurement: (measurement) =>
      ask('/v1/measurements', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(measurement),
      }),
  };
}

function bad(field: string, trouble: string): InvalidRequestError {
  return new InvalidRequestError('bad-input', `${field} ${trouble}`, { field });
}
