/** A search as it was asked: its parameters against the rules of its resource, or what is wrong with it. */

import type { SearchRule } from './search-rules.ts';

export interface Criterion {
  readonly rule: SearchRule;
  /** As it came, without its prefix or type. */
  readonly value: string;
  /** Of a date: `eq` where none came. */
  readonly prefix: string;
  readonly modifier: string | undefined;
}

export interface Problem {
  /** FHIR STU3 IssueType. */
  readonly issue: 'required' | 'not-supported' | 'value';
  readonly diagnostics: string;
}

/** @param also parameters that are no criterion, such as `_format` */
export function readSearch(
  query: URLSearchParams,
  rules: readonly SearchRule[],
  also: readonly string[],
): readonly Criterion[] | Problem {
  const criteria: Criterion[] = [];
  for (const [key, value] of query) {
    if (also.includes(key)) continue;
    const [name, modifier] = key.split(':', 2);
    const rule = rules.find((one) => one.name === name);
    if (!rule) return problem('not-supported', `The parameter ${key} is not supported.`);
    const criterion = readCriterion(rule, modifier, value);
    if ('issue' in criterion) return criterion;
    criteria.push(criterion);
  }
  return missing(rules, criteria) ?? repeated(criteria) ?? criteria;
}

export function isProblem(found: object): found is Problem {
  return 'issue' in found;
}

function readCriterion(rule: SearchRule, modifier: string | undefined, value: string): Criterion | Problem {
  const { name, type, modifiers, prefixes, systems } = rule;
  if (modifier !== undefined && !modifiers.includes(modifier)) {
    return problem('not-supported', `The modifier :${modifier} is not supported for ${name}.`);
  }
  if (value === '' || value.includes(',')) return problem('value', `${name} must have one value.`);
  if (type === 'date') return readDate(rule, value);
  if (prefixes.length > 0) return problem('value', `${name} is no date.`);
  if (systems.length > 0) {
    const [system, code] = value.split('|', 2);
    if (code === undefined || code === '') return problem('value', `${name} must be one system|value.`);
    if (!systems.includes(system ?? '')) {
      return problem('not-supported', `The system of ${name} must be ${systems.join(' or ')}.`);
    }
  }
  return { rule, value, prefix: 'eq', modifier };
}

function readDate(rule: SearchRule, text: string): Criterion | Problem {
  const { name, prefixes } = rule;
  const [, prefix = 'eq', value = ''] = /^([a-z]{2})?(.*)$/.exec(text) ?? [];
  if (!prefixes.includes(prefix)) {
    return problem('not-supported', `The prefix ${prefix} is not supported for ${name}.`);
  }
  if (!/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/.test(value)) {
    return problem('value', `${name} must be a FHIR date or dateTime.`);
  }
  if (Number.isNaN(Date.parse(value))) return problem('value', `${name} is not a date that there is.`);
  return { rule, value, prefix, modifier: undefined };
}

function missing(rules: readonly SearchRule[], criteria: readonly Criterion[]): Problem | undefined {
  const has = (name: string) => criteria.some(({ rule }) => rule.name === name);
  const needed = rules.find(({ need, name }) => need === 'required' && !has(name));
  if (needed) return problem('required', `The parameter ${needed.name} is required.`);
  const oneOf = rules.filter(({ need }) => need === 'conditional').map(({ name }) => name);
  return oneOf.length > 0 && !oneOf.some(has)
    ? problem('required', `One of the parameters ${oneOf.join(', ')} is required.`)
    : undefined;
}

function repeated(criteria: readonly Criterion[]): Problem | undefined {
  const twice = criteria.find(
    ({ rule }, at) => !rule.repeats && criteria.findIndex((other) => other.rule === rule) < at,
  );
  return twice && problem('value', `${twice.rule.name} may come once only.`);
}

function problem(issue: Problem['issue'], diagnostics: string): Problem {
  return { issue, diagnostics };
}
