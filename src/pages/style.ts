/** White on it has a contrast of 8.6. */
const DEFAULT_ACCENT = '#1d4f76';

/** The whole style sheet. `accentColour` is checked before it comes here: it is written into CSS as it is. */
export function style(accentColour: string = DEFAULT_ACCENT): string {
  return `:root { --accent: ${accentColour}; --text: #1b1f23; --quiet: #4a5158; --line: #b4bac0; --error: #a8201a; color-scheme: light; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  display: flex; flex-direction: column; min-height: 100vh;
  margin: 0; background: #fff; color: var(--text);
  font: 1.1875rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: break-word;
}
.width { max-width: calc(66ch + 2rem); margin: 0 auto; padding-left: 1rem; padding-right: 1rem; }
header { border-top: 0.5rem solid var(--accent); border-bottom: 1px solid var(--line); }
header .width { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 0.75rem; }
.app-name { display: inline-flex; align-items: center; gap: 0.5rem; min-height: 44px; padding: 0.5rem 0; font-weight: 700; color: var(--text); text-decoration: none; }
.app-name:hover { text-decoration: underline; }
.app-name img { height: 1.75rem; max-width: 8rem; }
nav a { display: inline-block; min-height: 44px; padding: 0.6rem 0; font-size: 1rem; }
main { flex: 1; width: 100%; padding-top: 1.5rem; padding-bottom: 3rem; }
main:focus { outline: none; }
footer { border-top: 1px solid var(--line); background: #f3f5f6; padding: 1rem 0 2rem; }
footer p { font-size: 1rem; }
h1 { font-size: 1.875rem; line-height: 1.2; margin: 0 0 1.25rem; }
h2 { font-size: 1.375rem; line-height: 1.3; margin: 2rem 0 0.75rem; }
footer h2 { font-size: 1.125rem; margin-top: 0.5rem; }
p, ul, ol, dl { margin: 0 0 1rem; }
li { margin-bottom: 0.5rem; }
a { color: var(--accent); text-decoration: underline; text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 3px; }
:focus-visible { outline: 3px solid var(--text); outline-offset: 3px; border-radius: 2px; }
.skip { position: absolute; left: 1rem; top: -6rem; padding: 0.75rem 1rem; background: #fff; }
.skip:focus { top: 0.75rem; z-index: 1; }
button, .button {
  display: inline-block; min-height: 48px; padding: 0.65rem 1.25rem; border: 3px solid var(--accent); border-radius: 4px;
  background: var(--accent); color: #fff; font: inherit; font-weight: 700; line-height: 1.25; text-align: center;
  text-decoration: none; cursor: pointer;
}
button:hover, .button:hover { text-decoration: underline; }
.quiet { background: #fff; color: var(--accent); }
.action { display: inline-block; min-height: 44px; padding: 0.5rem 0; }
.actions { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0; }
.note { border-left: 0.5rem solid var(--accent); background: #f3f5f6; padding: 1rem; margin: 0 0 1.5rem; }
.problem { border-color: var(--error); }
.note > :first-child { margin-top: 0; }
.note > :last-child { margin-bottom: 0; }
.done { border: 3px solid var(--accent); border-radius: 4px; padding: 1.25rem 1rem; margin: 0 0 1.5rem; }
.done > :last-child { margin-bottom: 0; }
.reference, .hint, time { color: var(--quiet); }
.address { padding: 0.75rem 1rem; background: #f3f5f6; font-weight: 700; overflow-wrap: anywhere; }
.choices, .history { padding: 0; list-style: none; border-top: 1px solid var(--line); }
.choices li, .history li { margin: 0; padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
.choices a { display: inline-block; min-height: 44px; padding: 0.5rem 0; font-weight: 700; }
.choices p, .history p { margin: 0; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
div.wrong { border-left: 0.3rem solid var(--error); padding-left: 1rem; }
legend { padding: 0; font-size: 1.375rem; font-weight: 700; line-height: 1.3; }
.hint { margin: 0.5rem 0; }
.wrong-text { color: var(--error); font-weight: 700; margin: 0.5rem 0; }
.radio { display: flex; gap: 0.75rem; align-items: center; min-height: 44px; }
.radio input { flex: none; width: 1.75rem; height: 1.75rem; margin: 0; accent-color: var(--accent); }
.radio label { flex: 1; padding: 0.5rem 0; }
.error-summary { border: 4px solid var(--error); border-radius: 4px; padding: 1rem; margin: 0 0 1.5rem; }
.error-summary h2, .error-summary p { margin: 0; }
.error-summary a { display: inline-block; min-height: 44px; padding: 0.5rem 0; color: var(--error); font-weight: 700; }
.error-summary:focus { outline: 3px solid var(--text); outline-offset: 3px; }
.summary { border-top: 1px solid var(--line); }
.summary div { display: grid; grid-template-columns: minmax(9rem, 1fr) 2fr; gap: 0 1rem; padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
.summary dt { font-weight: 700; }
.summary dd { margin: 0; overflow-wrap: anywhere; }
.compared { display: block; color: var(--quiet); font-size: 1rem; }
.compared.match::before { content: "\\2713\\00a0" / ""; }
@media (max-width: 30em) {
  .summary div { grid-template-columns: 1fr; }
  .actions form, .actions button, .actions .button { width: 100%; }
}
`;
}
