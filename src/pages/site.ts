import type { html } from 'hono/html';
import type { Language, Texts } from './texts.ts';

/** Escaped HTML, or the promise of it. */
export type Html = ReturnType<typeof html>;

/** The same in every language, or each in its own. */
export type InLanguages<Value> = Value | Readonly<Record<Language, Value>>;

/** What a partner says about itself. Text, never HTML: the pages escape it. */
export interface Brand {
  readonly appName: string;
  readonly organisation: string;
  /** What a patient can do to reach support, in plain text: "Call 01632 960 001, 9am to 5pm". */
  readonly supportContact: InLanguages<string>;
  readonly supportUrl?: InLanguages<string>;
  readonly privacyUrl?: InLanguages<string>;
  /** `#rrggbb`. White text is set on it, so it needs a contrast of 4.5 with white (WCAG 2.2, 1.4.3). */
  readonly accentColour?: string;
  /** Path of a PNG or SVG file of at most 64 kB, shown beside the name. Read at start and served by the pages themselves. */
  readonly logo?: string;
}

/** As the page of one language says it. */
export interface SiteBrand {
  readonly appName: string;
  readonly organisation: string;
  readonly supportContact: string;
  readonly supportUrl?: string;
  readonly privacyUrl?: string;
}

/** What every page needs to know about where it stands. */
export interface Site {
  readonly language: Language;
  readonly texts: Texts;
  readonly brand: SiteBrand;
  /** Where the pages are mounted, for instance `/pkb`. No slash at the end. */
  readonly basePath: string;
  /** The partner app's own front page. */
  readonly homePath: string;
  readonly styleHref: string;
  readonly logoHref?: string;
  /** This page in each language. */
  readonly inLanguage: Readonly<Record<Language, string>>;
}
