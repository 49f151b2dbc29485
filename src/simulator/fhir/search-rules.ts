/** What a search may and must have, as the capability statement words it for each parameter. */

import { type SearchParameter, statementResources } from './statement-resources.ts';

export interface SearchRule {
  readonly name: string;
  readonly type: SearchParameter['type'];
  /** `conditional`: one of those of a resource must be there. UPSTREAM: not documented: what the condition is. */
  readonly need: 'required' | 'conditional' | 'optional';
  /** Whether it may come more than once, all of them holding. */
  readonly repeats: boolean;
  /** Resource types for `<type>`, or the modifier's name. */
  readonly modifiers: readonly string[];
  readonly prefixes: readonly string[];
  /** Systems that it may name; none where any will do. */
  readonly systems: readonly string[];
}

const targets: Readonly<Record<string, string>> = {
  patient: 'Patient',
  'based-on': 'ProcedureRequest',
  questionnaire: 'Questionnaire',
  'source-organisation': 'Organization',
};

/** By resource type; none where it cannot be searched. */
export const searchRules: ReadonlyMap<string, readonly SearchRule[]> = new Map(
  statementResources
    .filter(({ interaction }) => interaction.some(({ code }) => code === 'search-type'))
    .map(({ type, searchParam = [] }) => [type, searchParam.map(ruleOf)]),
);

function ruleOf({ name, type, documentation }: SearchParameter): SearchRule {
  const need = /^(Required|Conditional|Optional)\. /.exec(documentation)?.[1];
  const repeats = /Multi-value support: (none|AND)\./.exec(documentation)?.[1];
  const modifiers = /Modifier support: (none|\[[^\]]*\])/.exec(documentation)?.[1];
  if (need === undefined || repeats === undefined || modifiers === undefined) {
    throw new TypeError(`the capability statement does not say how ${name} is used: ${documentation}`);
  }
  return {
    name,
    type,
    need: need.toLowerCase() as SearchRule['need'],
    repeats: repeats === 'AND',
    modifiers: listed(modifiers).map((modifier) =>
      modifier === '<type>' ? (targets[name] ?? modifier) : modifier,
    ),
    prefixes: listed(/Prefix(?:es)? support(?:ed)?: (\[[^\]]*\])/.exec(documentation)?.[1]),
    systems: listed(/Supported values: (\[[^\]]*\])/.exec(documentation)?.[1]),
  };
}

/** `[a, b]` as a list; an empty one for anything else. */
function listed(text: string | undefined): readonly string[] {
  return text?.startsWith('[') ? text.slice(1, -1).split(', ') : [];
}
