import cy from './texts/cy.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };

/**
 * Every sentence of the pages, whole: `{app}` is a place for a value, `[words](name)` a link whose address the page knows.
 * Plain text, never HTML.
 */
export type Texts = typeof en;

export const LANGUAGES = ['en', 'cy'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language by its own name. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', cy: 'Cymraeg' };

export const TEXTS: Readonly<Record<Language, Texts>> = { en, cy };
