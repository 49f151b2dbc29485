import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { LANGUAGES, type Language } from '../../pages/texts.ts';

/** A cookie that holds `en` or `cy`, and says nothing of the person. */
export interface LanguageCookie {
  readonly name: string;
  readonly secure: boolean;
}

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** The parameter with which the switch of a page names the language. */
const PARAMETER = 'language';

export function languageCookie(secure: boolean): LanguageCookie {
  return { name: secure ? '__Host-pkb-link-language' : 'pkb-link-language', secure };
}

/** What the patient chose, else what their browser asks for (RFC 9110 section 12.5.4), else English. */
export function languageOf(c: Context, cookie: LanguageCookie): Language {
  return known(getCookie(c, cookie.name)) ?? accepted(c.req.header('Accept-Language') ?? '') ?? 'en';
}

/**
 * Remembers the language that a page's switch names and leads to the same address without that parameter.
 * Tells caches and readers which language every page is in.
 */
export function inChosenLanguage(cookie: LanguageCookie): MiddlewareHandler {
  return async (c, next) => {
    const url = new URL(c.req.url);
    const chosen = known(url.searchParams.get(PARAMETER) ?? undefined);
    if (chosen !== undefined && c.req.method === 'GET') {
      rememberLanguage(c, cookie, chosen);
      return c.redirect(`${url.pathname}${queryWithout(url.search)}`, 303);
    }
    await next();
    // Not of the style and the logo: they are the same for everybody, and caches may know it.
    if (c.res.headers.get('Content-Type')?.startsWith('text/html')) {
      c.res.headers.append('Vary', 'Accept-Language, Cookie');
      c.res.headers.set('Content-Language', languageOf(c, cookie));
    }
    return undefined;
  };
}

export function rememberLanguage(c: Context, cookie: LanguageCookie, language: Language): void {
  setCookie(c, cookie.name, language, {
    path: '/',
    httpOnly: true,
    secure: cookie.secure,
    sameSite: 'Lax',
    maxAge: YEAR_SECONDS,
  });
}

/** `address` with the switch for each language. */
export function inEachLanguage(address: string): Readonly<Record<Language, string>> {
  const [path = '', query = ''] = address.split('?');
  const kept = queryWithout(query);
  const switchTo = (language: Language) => `${path}${kept === '' ? '?' : `${kept}&`}${PARAMETER}=${language}`;
  return { en: switchTo('en'), cy: switchTo('cy') };
}

/** The query as it came, but for the language; with its question mark, or ''. */
function queryWithout(query: string): string {
  const pairs = query
    .replace(/^\?/, '')
    .split('&')
    .filter((pair) => pair !== '' && pair.split('=')[0] !== PARAMETER);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** The first of our languages by the browser's own weights; `cy-GB` is Welsh. */
function accepted(header: string): Language | undefined {
  const ranges = header.split(',').map((range) => {
    const [tag = '', ...parameters] = range.trim().split(';');
    const weight = parameters
      .map((parameter) => /^\s*q=(\d(?:\.\d+)?)\s*$/i.exec(parameter)?.[1])
      .find(Boolean);
    return { language: known(tag.trim().split('-')[0]?.toLowerCase()), weight: Number(weight ?? 1) };
  });
  const [best] = ranges
    .filter(({ language, weight }) => language !== undefined && weight > 0)
    .sort((one, other) => other.weight - one.weight);
  return best?.language;
}

function known(text: string | undefined): Language | undefined {
  return LANGUAGES.find((language) => language === text);
}
