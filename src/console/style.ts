import { style } from '../pages/style.ts';

/** The patient pages' style sheet, and what only the console has: width, tables, charts. */
export function consoleStyle(): string {
  return `${style()}
body { font-size: 1.0625rem; }
.width { max-width: 70rem; }
.places { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: 0; padding: 0; list-style: none; }
.places li { margin: 0; }
.places a[aria-current] { color: var(--text); font-weight: 700; }
.whose { margin: 0; color: var(--quiet); font-size: 1rem; overflow-wrap: anywhere; }
.who { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1rem; font-size: 1rem; }
.who p { margin: 0; }
.plain { border: 0; padding: 0.5rem 0; min-height: 44px; background: none; color: var(--accent); font-size: 1rem; font-weight: 400; text-decoration: underline; }
.danger { background: var(--error); border-color: var(--error); }
label { display: block; font-weight: 700; margin-bottom: 0.25rem; }
input[type=text] { width: 100%; max-width: 36rem; min-height: 48px; padding: 0.5rem 0.75rem; border: 2px solid var(--text); border-radius: 4px; font: inherit; }
.field { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; margin: 0 0 1.5rem; }
.field div { flex: 1 1 16rem; max-width: 36rem; }
.scroll { overflow-x: auto; margin: 0 0 1.5rem; }
table { border-collapse: collapse; width: 100%; font-size: 1rem; }
caption { text-align: left; font-weight: 700; padding: 0.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 1rem 0.5rem 0; border-bottom: 1px solid var(--line); }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
td.bar { min-width: 7rem; width: 22%; padding-top: 0.8rem; }
figure { margin: 0; }
td ul { margin: 0; padding: 0; list-style: none; }
td li { margin: 0; }
svg { display: block; width: 100%; }
svg.bar { height: 0.9rem; }
svg.columns { height: 9rem; border-bottom: 1px solid var(--quiet); }
.strong { fill: var(--accent); }
.pale { fill: #5f8fb5; }
.ends { display: flex; justify-content: space-between; gap: 1rem; font-size: 1rem; color: var(--quiet); margin: 0.25rem 0 0.5rem; }
.key { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: 0 0 0.5rem; padding: 0; list-style: none; font-size: 1rem; }
.key li { display: flex; align-items: center; gap: 0.5rem; margin: 0; }
.key svg { width: 1rem; height: 1rem; }
details { margin: 0 0 1.5rem; }
summary { min-height: 44px; padding: 0.5rem 0; cursor: pointer; color: var(--accent); }
.timeline { padding: 0; list-style: none; border-left: 3px solid var(--line); }
.timeline li { margin: 0; padding: 0 0 1rem 1rem; }
.timeline p { margin: 0; }
code { overflow-wrap: anywhere; }
.steps { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 1rem; margin: 0 0 1.5rem; padding: 0; list-style: none; }
.counts li { margin: 0; padding: 0.75rem 1rem; background: #f3f5f6; border-left: 0.3rem solid var(--accent); }
.counts b { display: block; font-size: 1.75rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.counts .trouble { border-color: var(--error); }
`;
}
