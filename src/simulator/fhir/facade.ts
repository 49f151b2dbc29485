/** The Facade FHIR API (STU3), as far as a linked patient needs it. */

import { type Caller, callerOf, fhirRefusal } from '../bearer.ts';
import { userTypes } from '../people/person.ts';
import { fhirJson, type Handler, mediaType, type WireContext } from '../wire.ts';
import type { World } from '../world.ts';
import { capabilityStatement, purviewDefinition } from './capability-statement.ts';
import { plainOutcome } from './operation-outcome.ts';
import { patientResource } from './patient-resource.ts';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

/** No token needed (PKB, "FHIR Conformance"). */
export function metadata(world: World): Handler {
  return () => fhirJson(capabilityStatement(`${world.origin}/fhir`));
}

/** No token needed. */
export function operationDefinition(world: World): Handler {
  return (c) =>
    c.req.param('id') === 'Consent-t-purview'
      ? fhirJson(purviewDefinition(world.toggles.purviewVerb))
      : notFound('There is no such OperationDefinition.');
}

/** `/fhir/Consent/$purview`: the one reference that stands for whoever asks. */
export function purview(world: World): Handler {
  return async (c) => {
    if (c.req.param('operation') !== '$purview') return notFound('There is no such operation on Consent.');
    const allowed = { get: ['GET', 'HEAD'], post: ['POST'], both: ['GET', 'HEAD', 'POST'] }[
      world.toggles.purviewVerb
    ];
    if (!allowed.includes(c.req.method)) return methodNotAllowed(allowed.join(', '));
    const caller = callerOf(world, c);
    if (typeof caller === 'string') return fhirRefusal(world, caller);
    if (c.req.method === 'POST') {
      const refusal = await emptyParameters(c);
      if (refusal) return refusal;
    }
    const reference = purviewReference(world, caller);
    return fhirJson({
      resourceType: 'Parameters',
      ...(reference !== undefined && { parameter: [{ name: 'purview', valueReference: { reference } }] }),
    });
  };
}

/** `/fhir/Patient/{id}`: the caller's own record; the simulator knows no team with access to one. */
export function patientRead(world: World): Handler {
  return (c) => {
    const caller = callerOf(world, c);
    if (typeof caller === 'string') return fhirRefusal(world, caller);
    if (caller.session.scope === 'TEAMCOORD') return fhirRefusal(world, 'USER_TYPE_NOT_PERM');
    const own = ownRecord(caller);
    return own && own.publicId === c.req.param('id')?.toLowerCase()
      ? fhirJson(patientResource(own))
      : fhirRefusal(world, 'NO_ASSOCIATION');
  };
}

/** `/fhir/Patient?identifier=`: by NHS number only, and of those found only what the caller may see. */
export function patientSearch(world: World): Handler {
  return (c) => {
    const caller = callerOf(world, c);
    if (typeof caller === 'string') return fhirRefusal(world, caller);
    if (caller.session.scope === 'TEAMCOORD') return fhirRefusal(world, 'USER_TYPE_NOT_PERM');
    const number = searchedNumber(new URL(c.req.url).searchParams);
    if (typeof number === 'object') return fhirJson(plainOutcome(number.issue, number.diagnostics), 400);

    const own = ownRecord(caller);
    const found = own?.nationalIds.some(({ system, value }) => system === NHS_NUMBER && value === number);
    const matches = own && found ? [own] : [];
    return fhirJson({
      resourceType: 'Bundle',
      type: 'searchset',
      total: matches.length,
      link: [
        {
          relation: 'self',
          url: `${world.origin}/fhir/Patient?identifier=${NHS_NUMBER}%7C${encodeURIComponent(number)}`,
        },
      ],
      ...(matches.length > 0 && {
        entry: matches.map((person) => ({
          fullUrl: `${world.origin}/fhir/Patient/${person.publicId}`,
          resource: patientResource(person),
          search: { mode: 'match' },
        })),
      }),
    });
  };
}

export function notFound(diagnostics: string): Response {
  return fhirJson(plainOutcome('not-found', diagnostics), 404);
}

export function methodNotAllowed(allow: string): Response {
  return fhirJson(plainOutcome('not-supported', `Allowed here: ${allow}.`), 405, { allow });
}

/** A patient has a record; a professional's grant sees none of their own. */
function ownRecord({ person }: Caller) {
  return userTypes(person).includes('PATIENT') ? person : undefined;
}

function purviewReference({ toggles, origin }: World, { person }: Caller): string | undefined {
  const professional = person.teamId ? `Organization/${person.teamId}` : `Practitioner/${person.publicId}`;
  const own = person.kind === 'patient' ? `Patient/${person.publicId}` : professional;
  switch (toggles.purviewReference) {
    case 'relative':
      return own;
    case 'absolute':
      return `${origin}/fhir/${own}`;
    case 'versioned':
      return `${own}/_history/1`;
    case 'organization':
      return `Organization/${person.publicId}`;
    case 'practitioner':
      return `Practitioner/${person.publicId}`;
    case 'not-a-uuid':
      return `Patient/${person.userId}`;
    case 'missing':
      return undefined;
  }
}

/** The operation takes no input: no body, or Parameters without any. */
async function emptyParameters(c: WireContext): Promise<Response | undefined> {
  const text = await c.req.text();
  if (text === '') return undefined;
  if (mediaType(c) !== 'application/fhir+json') {
    return fhirJson(plainOutcome('not-supported', 'Send application/fhir+json.'), 415);
  }
  const body = parsed(text);
  const good =
    body?.resourceType === 'Parameters' && (body.parameter === undefined || isEmptyList(body.parameter));
  return good
    ? undefined
    : fhirJson(plainOutcome('invalid', 'Send a Parameters resource without parameters.'), 400);
}

function parsed(text: string): { resourceType?: unknown; parameter?: unknown } | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** The statement says: `identifier` is required, has one value, no modifier, and one system. */
function searchedNumber(query: URLSearchParams): string | { issue: string; diagnostics: string } {
  const unknown = [...query.keys()].find((name) => name !== 'identifier' && name !== '_format');
  if (unknown !== undefined)
    return { issue: 'not-supported', diagnostics: `The parameter ${unknown} is not supported.` };
  const [value, ...more] = query.getAll('identifier');
  if (value === undefined) return { issue: 'required', diagnostics: 'The parameter identifier is required.' };
  const [, system, number] = /^([^|,]*)\|([^|,]+)$/.exec(value) ?? [];
  if (more.length > 0 || number === undefined) {
    return { issue: 'value', diagnostics: 'identifier must be one system|value.' };
  }
  return system === NHS_NUMBER
    ? number
    : { issue: 'not-supported', diagnostics: `The system of identifier must be ${NHS_NUMBER}.` };
}
