/** What all pages of the simulator share. Its look is its own: nobody may take it for PKB or for the NHS. */

import { html } from 'hono/html';

export type Html = ReturnType<typeof html>;

/** A whole page. An error is in its title too, where a screen reader hears it first. */
export function page(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en-GB">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} - PKB simulator</title>
    <link rel="stylesheet" href="/simulator.css">
  </head>
  <body>
    <header><p>Simulator: this is not Patients Know Best. Everybody here is invented.</p></header>
    <main>${content}</main>
  </body>
</html>
`;
}

/** A table that scrolls by itself where the page is narrow. @param name for a screen reader */
export function table(
  name: string,
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly (string | Html)[])[],
): Html {
  return html`<div class="wide" role="region" aria-label="${name}" tabindex="0">
    <table>
      <caption>${caption}</caption>
      <thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
      <tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
    </table>
  </div>`;
}

/**
 * `form-action` stays out of the policy: Chromium applies it to the redirects after a form is sent too, and pressing
 * "Approve" redirects to the client, whose own redirects may go anywhere.
 */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** @param content made by `html` without promises in it, so that it is a string already */
export function answerPage(status: number, content: Html): Response {
  return new Response(String(content), { status, headers });
}

export function stylesheet(): Response {
  return new Response(css, {
    headers: {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    },
  });
}

const css = `
* { box-sizing: border-box; }
body { margin: 0; background: #fffdf7; color: #22201c; font: 1.125rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header { background: #4a2545; color: #fff; }
header p { max-width: 68rem; margin: 0 auto; padding: 0.75rem 1rem; font-weight: 600; }
main { max-width: 68rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; }
h2 { font-size: 1.3rem; margin-top: 2.5rem; }
p, ul, form { max-width: 42rem; }
main > form, main > .answers { margin: 1.25rem 0; }
.at { white-space: nowrap; }
a { color: #5b2a86; }
label { display: block; font-weight: 600; }
.hint { margin: 0; color: #55504a; }
input, select { width: 100%; max-width: 26rem; min-height: 2.75rem; margin-bottom: 1.25rem; padding: 0.4rem 0.6rem; font: inherit; border: 2px solid #22201c; border-radius: 4px; background: #fff; color: inherit; }
button { min-height: 2.75rem; padding: 0.5rem 1.1rem; font: inherit; font-weight: 600; text-align: left; border: 2px solid #4a2545; border-radius: 4px; background: #4a2545; color: #fff; cursor: pointer; }
button.second { background: #fff; color: #4a2545; }
a:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible, button:focus-visible, [tabindex]:focus-visible { outline: 3px solid #b34700; outline-offset: 2px; }
.check { display: flex; align-items: center; gap: 0.6rem; flex-wrap: wrap; }
.check input { width: 2rem; min-height: 2rem; margin: 0; }
.check label { display: inline; }
.wrong { margin: 0; color: #a11212; font-weight: 600; }
.answers { display: flex; flex-wrap: wrap; gap: 0.75rem; }
.error { border: 4px solid #a11212; padding: 0 1rem; margin-bottom: 1.5rem; max-width: 42rem; }
.people { list-style: none; padding: 0; }
.people li { padding: 0.75rem 0; border-top: 1px solid #c9c2b6; }
.people p { margin: 0.35rem 0 0; }
.places { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; padding: 0; margin: 0 0 1rem; max-width: none; }
.places a { display: inline-block; padding: 0.4rem 0; }
dt { font-weight: 600; }
dd { margin: 0 0 0.6rem; }
pre { max-width: 40rem; max-height: 20rem; overflow: auto; font-size: 0.9rem; white-space: pre-wrap; }
.wide { overflow-x: auto; margin-top: 1.25rem; }
table { border-collapse: collapse; font-size: 1rem; min-width: 48rem; }
caption { text-align: left; padding-bottom: 0.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.9rem 0.4rem 0; border-bottom: 1px solid #c9c2b6; overflow-wrap: normal; }
td code { overflow-wrap: anywhere; }
.case { display: block; min-width: 14rem; }
`;
