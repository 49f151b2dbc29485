import { html } from 'hono/html';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';
import { LANGUAGE_NAMES, LANGUAGES } from './texts.ts';

export interface Page {
  /** What the page is about, as its h1 says it. */
  readonly title: string | Html;
  /** The title then begins with "Error:", so that a screen reader says so first. */
  readonly error?: boolean;
}

/** The frame of every page: language, title, skip link, header, main landmark, footer. `content` holds the one h1. */
export function layout(site: Site, page: Page, content: Html): Html {
  const { brand, language, logoHref } = site;
  const t = site.texts.layout;
  const { title } = page;
  // The referrer policy of the document overrides the `no-referrer` of the response. Under `no-referrer` a browser sends
  // `Origin: null` with a form (Fetch standard), and one without Sec-Fetch-Site (Safari before 16.4) could send none of ours.
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<title>${say(site, page.error ? t.errorTitle : t.title, { title })}</title>
<link rel="stylesheet" href="${site.styleHref}">
</head>
<body>
<a class="skip" href="#main">${t.skip}</a>
<header><div class="width">
<a class="app-name" href="${site.homePath}">${logoHref === undefined ? '' : html`<img src="${logoHref}" alt="">`}${brand.appName}</a>
<nav aria-label="${t.language}">${languageSwitch(site)}</nav>
</div></header>
<main id="main" class="width" tabindex="-1">
${content}
</main>
<footer><div class="width">
<h2>${t.help}</h2>
<p>${brand.supportContact}</p>
${brand.supportUrl === undefined ? '' : html`<p>${say(site, t.support, { support: brand.supportUrl })}</p>`}
${brand.privacyUrl === undefined ? '' : html`<p>${say(site, t.privacy, { privacy: brand.privacyUrl })}</p>`}
<p>${say(site, t.independent)}</p>
</div></footer>
</body>
</html>
`;
}

/** The other languages, each by its own name and in its own tongue. */
function languageSwitch({ language, inLanguage }: Site): Html[] {
  return LANGUAGES.filter((one) => one !== language).map(
    (one) => html`<a href="${inLanguage[one]}" lang="${one}" hreflang="${one}">${LANGUAGE_NAMES[one]}</a>`,
  );
}
