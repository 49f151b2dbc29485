import type { Brand, InLanguages, SiteBrand } from './site.ts';
import { LANGUAGES, type Language } from './texts.ts';

/** A partner's brand as the pages of `language` show it. */
export function brandIn(language: Language, brand: Brand): SiteBrand {
  const { appName, organisation, supportContact, supportUrl, privacyUrl } = brand;
  return {
    appName,
    organisation,
    supportContact: one(language, supportContact),
    ...(supportUrl !== undefined && { supportUrl: one(language, supportUrl) }),
    ...(privacyUrl !== undefined && { privacyUrl: one(language, privacyUrl) }),
  };
}

/** What is given, in each language. */
export function inEach(given: InLanguages<string>): readonly string[] {
  return LANGUAGES.map((language) => one(language, given));
}

function one(language: Language, given: InLanguages<string>): string {
  return typeof given === 'string' ? given : given[language];
}
