import { html } from 'hono/html';
import type { Html, Site } from './site.ts';

export interface Page {
  /** What the page is about, as its h1 says it. */
  readonly title: string;
  /** The title then begins with "Error:", so that a screen reader says so first. */
  readonly error?: boolean;
}

/** The frame of every page: language, title, skip link, header, main landmark, footer. `content` holds the one h1. */
export function layout(site: Site, page: Page, content: Html): Html {
  const { brand } = site;
  // The referrer policy of the document overrides the `no-referrer` of the response. Under `no-referrer` a browser sends
  // `Origin: null` with a form (Fetch standard), and one without Sec-Fetch-Site (Safari before 16.4) could send none of ours.
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<title>${page.error ? 'Error: ' : ''}${page.title} - ${brand.appName}</title>
<link rel="stylesheet" href="${site.styleHref}">
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><div class="width"><a class="app-name" href="${site.homePath}">${brand.appName}</a></div></header>
<main id="main" class="width" tabindex="-1">
${content}
</main>
<footer><div class="width">
<h2>Get help</h2>
<p>${brand.supportContact}</p>
${brand.supportUrl === undefined ? '' : html`<p><a href="${brand.supportUrl}">Get help from ${brand.appName}</a></p>`}
${brand.privacyUrl === undefined ? '' : html`<p><a href="${brand.privacyUrl}">How ${brand.organisation} uses your information</a></p>`}
<p>${brand.appName} is run by ${brand.organisation}. It is independent of Patients Know Best.</p>
</div></footer>
</body>
</html>
`;
}
