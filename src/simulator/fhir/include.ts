/** `_include`: the resources that found ones refer to, where the capability statement allows it. */

import type { Person } from '../people/person.ts';
import { resourcesOf } from '../records/record.ts';
import type { Resource } from '../records/resource.ts';
import type { World } from '../world.ts';
import { patientResource } from './patient-resource.ts';
import type { Problem } from './search-query.ts';
import { statementResources } from './statement-resources.ts';

type Include = (found: readonly Resource[], world: World, own: Person | undefined) => readonly Resource[];

const included: Readonly<Record<string, Include>> = {
  'QuestionnaireResponse:subject:Patient': (found, _, own) =>
    own && found.length > 0 ? [patientResource(own)] : [],
  'QuestionnaireResponse:basedOn:ProcedureRequest': (found, world, own) => {
    const wanted = new Set(
      found.flatMap(({ basedOn }) => basedOn as { reference: string }[]).map(({ reference }) => reference),
    );
    return own
      ? resourcesOf(world, own, 'ProcedureRequest').filter(({ id }) => wanted.has(`ProcedureRequest/${id}`))
      : [];
  },
};

export function includes(type: string, query: URLSearchParams): Include | Problem {
  const allowed = statementResources.find((resource) => resource.type === type)?.searchInclude ?? [];
  const asked = query.getAll('_include');
  const other = asked.find((include) => !allowed.includes(include));
  if (other !== undefined) {
    return { issue: 'not-supported', diagnostics: `_include=${other} is not supported.` };
  }
  return (...given) => asked.flatMap((include) => included[include]?.(...given) ?? []);
}
