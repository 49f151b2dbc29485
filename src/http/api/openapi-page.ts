/** The OpenAPI document as one page to read: no script, nothing from anywhere else. */

import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { secureHeaders } from 'hono/secure-headers';
import type { OpenApiDocument, Operation, Parameter } from './openapi.ts';

const STYLE = `body{max-width:60rem;margin:0 auto;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff}
h1,h2{overflow-wrap:anywhere}h2{margin-top:2.5rem;font-size:1.2rem;border-top:1px solid #767676;padding-top:1rem;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #ccc}td:last-child{overflow-wrap:anywhere;width:40%}ul{padding-left:1.2rem}
caption{text-align:left;font-weight:bold;padding-top:.8rem}code{overflow-wrap:anywhere}th code{overflow-wrap:break-word}pre{background:#f3f3f3;padding:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}a{color:#0b4f8a}`;

/** The page's own style is let in by its hash: what is between the tags must be those bytes exactly. */
export const documentHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: [`'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
  strictTransportSecurity: false,
});

export function documentPage(document: OpenApiDocument) {
  const { info, paths, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${info.title}: the HTTP API</title><style>${raw(STYLE)}</style></head>
<body>
<main>
<h1>${info.title}: the HTTP API</h1>
<p>${info.description}</p>
<p>For programs: <a href="openapi.json">openapi.json</a>.</p>
<nav aria-label="Operations"><ul>${operations.map(
    ({ path, method, operation }) =>
      html`<li><a href="#${operation.operationId}"><code>${method.toUpperCase()} ${path}</code></a></li>`,
  )}</ul></nav>
${operations.map(({ path, method, operation }) => operationPart(path, method, operation))}
${Object.entries(components.schemas).map(
  ([name, schema]) => html`<h2 id="schema-${name}">${name}</h2>
<pre>${JSON.stringify(schema, null, 2)}</pre>`,
)}
</main>
</body>
</html>`;
}

function operationPart(path: string, method: string, operation: Operation) {
  const { operationId, summary, parameters, requestBody, responses, security } = operation;
  return html`<h2 id="${operationId}"><code>${method.toUpperCase()} ${path}</code></h2>
<p>${summary}.${security ? ' No key is needed.' : ''}</p>
${parameters.length > 0 ? parametersPart(parameters) : ''}
${requestBody ? html`<p>The body: ${contentPart(requestBody.content)}</p>` : ''}
<table><caption>Answers</caption>
<tr><th scope="col">Status</th><th scope="col">What it says</th><th scope="col">Body</th></tr>
${Object.entries(responses).map(
  ([status, { description, content = {} }]) =>
    html`<tr><th scope="row">${status}</th><td>${description}</td><td>${contentPart(content)}</td></tr>`,
)}</table>`;
}

function parametersPart(parameters: readonly Parameter[]) {
  return html`<table><caption>Parameters</caption>
<tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">What it is</th></tr>
${parameters.map(
  ({ name, in: where, description }) =>
    html`<tr><th scope="row"><code>${name}</code></th><td>${where}</td><td>${description}</td></tr>`,
)}</table>`;
}

function contentPart(content: NonNullable<Operation['requestBody']>['content']) {
  return Object.entries(content).map(([type, { schema }]) => {
    const name = schema?.$ref?.split('/').at(-1);
    return name === undefined
      ? html`<code>${type}</code> `
      : html`<a href="#schema-${name}">${name}</a> <code>${type}</code> `;
  });
}
