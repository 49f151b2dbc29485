/** `GET /fhir/{type}?...`: what is found of what the caller may see, as a searchset Bundle. */

import { type Caller, callerOf, fhirRefusal } from '../bearer.ts';
import { namingSystems } from '../records/naming-systems.ts';
import { questionnaires } from '../records/questionnaires.ts';
import { isRecordType, resourcesOf } from '../records/record.ts';
import type { Resource } from '../records/resource.ts';
import { fhirJson, type WireContext } from '../wire.ts';
import type { World } from '../world.ts';
import { includes } from './include.ts';
import { plainOutcome } from './operation-outcome.ts';
import { ownRecord, refusalAbout } from './own-record.ts';
import { pageOf, pagingParameters } from './paging.ts';
import { patientResource } from './patient-resource.ts';
import { matches, referenceOf } from './search-match.ts';
import { isProblem, type Problem, readSearch } from './search-query.ts';
import { searchRules } from './search-rules.ts';

/** @param type one that can be searched */
export function searchFor(world: World, c: WireContext, type: string): Response {
  const caller = callerOf(world, c);
  if (typeof caller === 'string') return fhirRefusal(world, caller);
  if (caller.session.scope === 'TEAMCOORD') return fhirRefusal(world, 'USER_TYPE_NOT_PERM');

  const query = new URL(c.req.url).searchParams;
  const include = includes(type, query);
  if (isProblem(include)) return refused(include);
  const criteria = readSearch(query, searchRules.get(type) ?? [], [
    '_format',
    '_include',
    ...pagingParameters(world.toggles),
  ]);
  if (isProblem(criteria)) return refused(criteria);

  const fhirBase = `${world.origin}/fhir`;
  const asked = criteria.find(({ rule }) => rule.name === 'patient');
  const own = ownRecord(caller);
  const [, publicId] = asked ? referenceOf(asked, fhirBase).split('/') : [];
  if (asked && publicId !== own?.publicId) {
    return fhirRefusal(world, refusalAbout(world, caller, publicId ?? ''));
  }
  // A search for Patient is by identifier, which the caller's own record has or has not.
  const found = seenBy(world, caller, type).filter((resource) =>
    criteria.every((criterion) => matches(resource, criterion, fhirBase)),
  );
  const page = pageOf(found, query, world.toggles);
  if (isProblem(page)) return refused(page);
  const address = (parameters: string) => `${fhirBase}/${type}?${parameters}`;
  const entry = (resource: Resource, mode: 'match' | 'include') => ({
    fullUrl: `${fhirBase}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode },
  });
  const entries = [
    ...page.resources.map((resource) => entry(resource, 'match')),
    ...include(page.resources, world, own).map((resource) => entry(resource, 'include')),
  ];
  return fhirJson({
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: [
      { relation: 'self', url: address(query.toString()) },
      ...(page.next === undefined ? [] : [{ relation: 'next', url: address(page.next) }]),
    ],
    ...(entries.length > 0 && { entry: entries }),
  });
}

function seenBy(world: World, caller: Caller, type: string): readonly Resource[] {
  if (type === 'NamingSystem') return namingSystems;
  const own = ownRecord(caller);
  if (type === 'Questionnaire') {
    const team = world.directory.organizations.teamFor(caller.person.userId);
    return questionnaires(`Organization/${team.id}`);
  }
  if (!own) return [];
  if (type === 'Patient') return [patientResource(own)];
  return isRecordType(type) ? resourcesOf(world, own, type) : [];
}

function refused({ issue, diagnostics }: Problem): Response {
  return fhirJson(plainOutcome(issue, diagnostics), 400);
}
