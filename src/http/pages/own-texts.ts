import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../../errors.ts';
import { placesIn } from '../../pages/say.ts';
import { LANGUAGES, type Language, TEXTS, type Texts } from '../../pages/texts.ts';

type Own<Part> = { readonly [Name in keyof Part]?: Part[Name] extends string ? string : Own<Part[Name]> };

/** The partner's own words for any sentence, by language and by the name it has in `texts/en.json`. */
export type OwnTexts = { readonly [One in Language]?: Own<Texts> };

/**
 * The texts with the partner's own in their places. A sentence keeps its places: `{app}` and `[words](name)` must all be
 * there again, and no others.
 *
 * @throws ConfigurationError `bad-configuration`, naming the sentence
 */
export function withOwnTexts(own: unknown): Readonly<Record<Language, Texts>> {
  if (!isGroup(own)) throw bad('texts', 'must be an object with en, cy, or both');
  for (const name of Object.keys(own)) {
    if (!LANGUAGES.some((language) => language === name))
      throw bad(`texts.${name}`, 'is no language of ours: en, cy');
  }
  const merged = (language: Language) =>
    own[language] === undefined
      ? TEXTS[language]
      : (withOwn(TEXTS[language], own[language], `texts.${language}`) as Texts);
  return { en: merged('en'), cy: merged('cy') };
}

/**
 * A partner's own texts from a JSON file.
 * @throws ConfigurationError `bad-configuration` where it is not there or no JSON; `patientPages` checks what is in it
 */
export function readOwnTexts(path: string): OwnTexts {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as OwnTexts;
  } catch (cause) {
    throw new ConfigurationError('bad-configuration', 'must name a file of JSON that can be read', {
      setting: 'PKB_LINK_TEXTS',
      cause,
    });
  }
}

type Group = Readonly<Record<string, unknown>>;

function withOwn(ours: unknown, own: unknown, name: string): unknown {
  if (typeof ours === 'string') return sentence(ours, own, name);
  if (!isGroup(ours) || !isGroup(own)) throw bad(name, 'must be an object of sentences');
  const unknownName = Object.keys(own).find((key) => !Object.hasOwn(ours, key));
  if (unknownName !== undefined) throw bad(`${name}.${unknownName}`, 'is no text of ours: see texts/en.json');
  return Object.fromEntries(
    Object.entries(ours).map(([key, value]) => [
      key,
      Object.hasOwn(own, key) ? withOwn(value, own[key], `${name}.${key}`) : value,
    ]),
  );
}

function sentence(ours: string, own: unknown, name: string): string {
  if (typeof own !== 'string' || own.trim() === '') throw bad(name, 'must be text');
  const [needed, given] = [placesIn(ours), placesIn(own)];
  const missing = needed.find((place) => !given.includes(place));
  if (missing !== undefined) throw bad(name, `must keep ${missing}`);
  const surplus = given.find((place) => !needed.includes(place));
  if (surplus !== undefined) throw bad(name, `must not have ${surplus}: nothing is known for it there`);
  return own;
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(setting: string, trouble: string): ConfigurationError {
  return new ConfigurationError('bad-configuration', trouble, { setting });
}
