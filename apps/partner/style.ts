/** Ridgeway Health's own look. Every pair of colours here has a contrast of 4.5 or more. */

import { createHash } from 'node:crypto';

export const style = `
:root { --ink: #23202b; --quiet: #5b5566; --paper: #ffffff; --mist: #f5f2f8; --heather: #5a2a78; --dusk: #3d1b53; --wrong: #a8201a; --line: #8a8394; }
* { box-sizing: border-box; }
html { font: 1.1875rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--mist); overflow-wrap: break-word; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; }
header, main, footer { width: 100%; max-width: 44rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; justify-content: space-between; }
main { flex: 1; background: var(--paper); padding: 1.5rem 1rem 2.5rem; border-top: 6px solid var(--heather); }
footer { font-size: 1rem; color: var(--quiet); }
h1 { font-size: clamp(1.6rem, 6vw, 2.2rem); line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 0.5rem; }
p, label, ul { max-width: 66ch; }
a { color: var(--heather); text-underline-offset: 0.15em; }
a:hover { color: var(--dusk); text-decoration-thickness: 0.15em; }
.name { display: inline-flex; align-items: center; gap: 0.6rem; min-height: 44px; font-weight: 700; color: var(--ink); text-decoration: none; }
.name svg { width: 2.2rem; height: 1.35rem; flex: none; }
header .button { padding: 0.4rem 0.9rem; min-height: 44px; }
.card { border: 2px solid var(--heather); border-radius: 10px; padding: 1.25rem; margin: 1.5rem 0; }
.card > :last-child { margin-bottom: 0; }
.button { display: inline-block; min-height: 48px; padding: 0.6rem 1.2rem; border: 2px solid var(--heather); border-radius: 8px; background: var(--heather); color: #fff; font: inherit; font-weight: 700; text-align: center; text-decoration: none; cursor: pointer; }
.button:hover { background: var(--dusk); border-color: var(--dusk); color: #fff; }
.button.plain { background: transparent; color: var(--heather); }
.button.plain:hover { color: var(--dusk); background: var(--mist); }
.buttons { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0; }
.field { margin: 0 0 1.5rem; }
label { display: block; font-weight: 700; }
.hint { display: block; color: var(--quiet); }
.wrong { display: block; color: var(--wrong); font-weight: 700; }
input { display: block; width: 100%; max-width: 26rem; min-height: 48px; margin-top: 0.3rem; padding: 0.4rem 0.6rem; border: 2px solid var(--line); border-radius: 6px; font: inherit; color: inherit; background: #fff; }
.field:has(.wrong) input { border-color: var(--wrong); }
.summary { border: 4px solid var(--wrong); border-radius: 6px; padding: 1rem 1.25rem; margin: 0 0 1.5rem; }
.summary ul { margin: 0; padding: 0; list-style: none; }
.summary a { display: inline-block; padding: 0.5rem 0; color: var(--wrong); font-weight: 700; }
.skip { position: absolute; left: -999em; }
.skip:focus { position: static; display: block; padding: 0.8rem 1rem; background: #fff; }
:focus-visible, .summary:focus { outline: 3px solid var(--ink); outline-offset: 3px; }
@media (forced-colors: active) { .button { border-color: ButtonText; } }
`;

/** Where the style is served: the name changes with the text, so browsers may keep it for good. */
export const stylePath = `/ridgeway-${createHash('sha256').update(style).digest('hex').slice(0, 12)}.css`;
