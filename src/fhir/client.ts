/** Reads a patient's record from the Facade: STU3 resources, in whatever types the caller has for them. */

import { FaultError, InvalidRequestError } from '../errors.ts';
import { callRefusal } from '../provider/refusals.ts';
import { fields, parseJson, readAnswer, type Send } from '../provider/upstream.ts';
import type { Bundle, FhirClient, Reference, Resource } from './fhir.ts';
import { SEARCHED_BY_PATIENT, type Searchable } from './search-parameters.ts';

interface ClientOptions {
  /** Adds the access token. */
  readonly send: Send;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** The public id of the patient whose record it is, asked for where a search needs it. */
  readonly patient: () => Promise<string>;
  readonly now: () => Date;
}

export function fhirClient({ send, baseUrl, patient, now }: ClientOptions): FhirClient {
  async function get(url: string): Promise<Readonly<Record<string, unknown>>> {
    const response = await send(url, { headers: { accept: 'application/fhir+json' } });
    if (response.status !== 200) throw callRefusal(await readAnswer(response), now());
    return fields(parseJson(await response.text()));
  }

  async function read<R extends Resource>(type: R['resourceType'], id: string): Promise<R> {
    if (!/^[A-Za-z]+$/.test(type)) throw bad('type', 'is not the name of a resource');
    if (!/^[A-Za-z0-9.-]{1,64}$/.test(id)) throw bad('id', 'is not an id (FHIR STU3, "id")');
    const resource = await get(`${baseUrl}/${type}/${id}`);
    if (resource.resourceType === type && resource.id === id) return resource as unknown as R;
    throw new FaultError('unexpected-response', `PKB did not answer with the ${type} that was asked for`);
  }

  async function* pages<R extends Resource>(
    type: Searchable,
    parameters: object,
  ): AsyncGenerator<Bundle<R>, void> {
    const asked = new Set<string>();
    let url: string | undefined = `${baseUrl}/${type}?${await query(type, parameters)}`;
    while (url !== undefined) {
      if (asked.has(url))
        throw new FaultError('unexpected-response', 'a page of the Bundle leads back to itself');
      asked.add(url);
      const page = await get(url);
      if (page.resourceType !== 'Bundle') {
        throw new FaultError('unexpected-response', 'PKB answered a search without a Bundle');
      }
      const bundle = page as unknown as Bundle<R>;
      yield bundle;
      // UPSTREAM: the form of `link` is not documented; FHIR allows a relative one. `send` lets no token leave PKB.
      const next: string | undefined = bundle.link?.find(({ relation }) => relation === 'next')?.url;
      url = next === undefined ? undefined : new URL(next, `${baseUrl}/`).href;
    }
  }

  async function query(type: Searchable, parameters: object): Promise<URLSearchParams> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
      if (value === undefined) continue;
      for (const each of Array.isArray(value) ? value : [value]) search.append(name, String(each));
    }
    if (SEARCHED_BY_PATIENT.has(type) && !search.has('patient'))
      search.set('patient', `Patient/${await patient()}`);
    return search;
  }

  return {
    read,
    pages,

    async *search<R extends Resource>(type: Searchable, parameters: object) {
      for await (const { entry = [] } of pages<R>(type, parameters)) {
        for (const { resource, search } of entry) {
          if (resource && (search?.mode ?? 'match') === 'match') yield resource;
        }
      }
    },

    async resolve<R extends Resource>({ reference }: Reference, within?: Resource) {
      if (reference === undefined) throw bad('reference', 'names no resource');
      const here = within && found(reference, within);
      if (here) return here as R;
      const base = `${baseUrl}/`;
      const relative = reference.startsWith(base) ? reference.slice(base.length) : reference;
      const [, type, id] = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(relative) ?? [];
      if (type !== undefined && id !== undefined) return read<R>(type, id);
      throw bad('reference', 'is neither in the resource nor on this server');
    },
  };
}

/** FHIR STU3, "References": `#id` is contained in the resource; in a Bundle any other may be the `fullUrl` of an entry. */
function found(reference: string, within: Resource): Resource | undefined {
  const { contained, entry } = within as { contained?: readonly Resource[]; entry?: Bundle['entry'] };
  if (reference.startsWith('#')) return contained?.find(({ id }) => id === reference.slice(1));
  return entry?.find(({ fullUrl, resource }) => {
    const own = resource?.id === undefined ? undefined : `${resource.resourceType}/${resource.id}`;
    return resource !== undefined && (fullUrl === reference || own === reference);
  })?.resource;
}

function bad(field: string, trouble: string): InvalidRequestError {
  return new InvalidRequestError('bad-input', `${field} ${trouble}`, { field });
}
