/** The Facade FHIR API (STU3), as far as a linked patient needs it. */

import { type Caller, callerOf, fhirRefusal } from '../bearer.ts';
import { organizationResource, practitionerResource } from '../records/care-team-resources.ts';
import { questionnaires } from '../records/questionnaires.ts';
import { resourcesOf } from '../records/record.ts';
import type { Resource } from '../records/resource.ts';
import { fhirJson, type Handler, mediaType, type WireContext } from '../wire.ts';
import type { World } from '../world.ts';
import { capabilityStatement, purviewDefinition } from './capability-statement.ts';
import { plainOutcome } from './operation-outcome.ts';
import { ownRecord, refusalAbout } from './own-record.ts';
import { patientResource } from './patient-resource.ts';
import { searchFor } from './search.ts';
import { searchRules } from './search-rules.ts';

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

/** `/fhir/{type}/{id}`, for the types that can be read. */
export function read(world: World): Handler {
  return (c) => {
    const { type = '', id = '' } = c.req.param() as { type?: string; id?: string };
    const resource = readable[type];
    if (!resource) return notFound(`${type} cannot be read.`);
    const caller = callerOf(world, c);
    if (typeof caller === 'string') return fhirRefusal(world, caller);
    if (caller.session.scope === 'TEAMCOORD') return fhirRefusal(world, 'USER_TYPE_NOT_PERM');
    const found = resource(world, caller, id.toLowerCase());
    if (found) return fhirJson(found);
    return type === 'Patient'
      ? fhirRefusal(world, refusalAbout(world, caller, id.toLowerCase()))
      : notFound('There is no such resource.');
  };
}

type Readable = (world: World, caller: Caller, id: string) => Resource | undefined;

const readable: Readonly<Record<string, Readable>> = {
  Patient: (_, caller, id) => {
    const own = ownRecord(caller);
    return own?.publicId === id ? patientResource(own) : undefined;
  },
  Organization: ({ directory }, _, id) => {
    const found = directory.organizations.byId(id);
    return found && organizationResource(found);
  },
  Practitioner: ({ directory }, _, id) => {
    const found = directory.byPublicId(id);
    return found?.kind === 'professional' ? practitionerResource(found) : undefined;
  },
  ProcedureRequest: (world, caller, id) => {
    const own = ownRecord(caller);
    return own && resourcesOf(world, own, 'ProcedureRequest').find((resource) => resource.id === id);
  },
  Questionnaire: ({ directory }, { person }, id) =>
    questionnaires(`Organization/${directory.organizations.teamFor(person.userId).id}`).find(
      (resource) => resource.id === id,
    ),
};

/** `/fhir/{type}?...`, for the types that can be searched. */
export function search(world: World): Handler {
  return (c) => {
    const type = c.req.path.split('/')[2] ?? '';
    return searchRules.has(type) ? searchFor(world, c, type) : notFound(`${type} cannot be searched.`);
  };
}

export function notFound(diagnostics: string): Response {
  return fhirJson(plainOutcome('not-found', diagnostics), 404);
}

export function methodNotAllowed(allow: string): Response {
  return fhirJson(plainOutcome('not-supported', `Allowed here: ${allow}.`), 405, { allow });
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
