import type { App } from '../../app.ts';
import { ConfigurationError } from '../../errors.ts';
import type { ExpectedIdentity } from '../../model.ts';
import { inEach } from '../../pages/brand.ts';
import { contrastWithWhite } from '../../pages/contrast.ts';
import type { Brand } from '../../pages/site.ts';
import type { Language, Texts } from '../../pages/texts.ts';
import { type OwnTexts, withOwnTexts } from './own-texts.ts';

export interface PageOptions {
  /** Where the pages are, for instance `/pkb`. The redirect URI must be `<origin><basePath>/callback`. */
  readonly basePath: string;
  readonly brand: Brand;
  /** Your own words for any sentence of the pages; `readOwnTexts` takes them from a file. */
  readonly texts?: OwnTexts;
}

export interface PatientPagesOptions extends PageOptions {
  /** The `app_user_id` of who is signed in, or undefined where nobody is. */
  readonly account: (request: Request) => Promise<string | undefined>;
  /** What you know of the person behind an account, to compare with PKB's record; undefined where you know nothing. */
  readonly expected?: (appUserId: string) => Promise<ExpectedIdentity | undefined>;
  /** Where to sign in. It is given `?then=<path>`: the path of ours to go back to. */
  readonly signInPath: string;
  /** The partner app's front page. */
  readonly homePath: string;
}

/**
 * Everything that can be wrong with the options, found at start and not by a patient.
 *
 * @returns the public origin, which is the redirect URI's: behind a proxy a request does not know it; and the texts with
 * the partner's own among them
 * @throws ConfigurationError `bad-configuration`, naming the setting
 */
export function checkedOptions(
  app: Pick<App, 'provider'>,
  options: PageOptions,
): { readonly origin: string; readonly texts: Readonly<Record<Language, Texts>> } {
  const { basePath, brand } = options;
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(basePath)) {
    throw bad('basePath', 'must be a path such as /pkb, without a slash at the end');
  }
  for (const name of ['appName', 'organisation', 'supportContact'] as const) {
    if (inEach(brand[name]).some((text) => !text?.trim())) {
      throw bad(`brand.${name}`, 'must not be empty, in either language');
    }
  }
  for (const name of ['supportUrl', 'privacyUrl'] as const) {
    const given = brand[name];
    if (given !== undefined && !inEach(given).every(isAddress)) {
      throw bad(`brand.${name}`, 'must be a path or an address of http, https, mailto or tel');
    }
  }
  if (brand.accentColour !== undefined) {
    const contrast = contrastWithWhite(brand.accentColour);
    if (contrast === undefined) throw bad('brand.accentColour', 'must be written #rrggbb');
    if (contrast < 4.5) {
      throw bad(
        'brand.accentColour',
        `has a contrast of ${(Math.floor(contrast * 10) / 10).toFixed(1)} with white, and needs 4.5`,
      );
    }
  }
  return {
    origin: checkedRedirectOrigin(app.provider.settings.redirectUri, basePath),
    texts: withOwnTexts(options.texts ?? {}),
  };
}

/** @throws ConfigurationError `bad-configuration`, naming the setting */
export function checkedPaths(options: Pick<PatientPagesOptions, 'signInPath' | 'homePath'>): void {
  for (const name of ['signInPath', 'homePath'] as const) {
    if (!isPath(options[name])) throw bad(name, 'must be a path of this origin');
  }
}

/** The provider's settings allow a mobile app's own scheme too; a page cannot be there. */
function checkedRedirectOrigin(redirectUri: string, basePath: string): string {
  const uri = URL.parse(redirectUri);
  if (!uri || !/^https?:$/.test(uri.protocol) || uri.pathname !== `${basePath}/callback`) {
    throw bad('PKB_REDIRECT_URI', `must be https and end in ${basePath}/callback, where these pages are`);
  }
  return uri.origin;
}

function isAddress(text: string | undefined): boolean {
  return text !== undefined && (isPath(text) || /^(https?|mailto|tel):/i.test(text));
}

/** One slash first: two, or a backslash, would be another host. */
function isPath(text: string): boolean {
  return /^\/(?![/\\])/.test(text);
}

function bad(setting: string, trouble: string): ConfigurationError {
  return new ConfigurationError('bad-configuration', trouble, { setting });
}
