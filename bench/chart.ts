/** Bars as an SVG that a README can show: one panel each, ours in colour, lengths by their logarithm where they differ by much. */

import type { Bars } from './table.ts';

const [WIDTH, LABEL, BAR, GAP, HEAD] = [760, 236, 16, 8, 34];

export function chart(panels: readonly Bars[]): string {
  let y = 16;
  const drawn = panels.map((panel) => {
    const text = drawPanel(panel, y);
    y += HEAD + panel.bars.length * (BAR + GAP) + 18;
    return text;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="pkb-link beside other clients" font-family="system-ui, sans-serif" font-size="13">
<rect width="${WIDTH}" height="${y}" fill="#fff"/>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ title, bars }: Bars, top: number): string {
  const values = bars.map(({ value }) => value).filter((value) => value > 0);
  const [most, least] = [Math.max(...values), Math.min(...values)];
  const uneven = most > 30 * least;
  const length = (value: number) => {
    if (!(value > 0)) return 2;
    const share = uneven ? (1 + Math.log10(value / least)) / (1 + Math.log10(most / least)) : value / most;
    return Math.max(2, Math.round(share * (WIDTH - LABEL - 90)));
  };
  const lines = bars.map(({ label, value, ours }, place) => {
    const y = top + HEAD + place * (BAR + GAP);
    return `<text x="${LABEL - 8}" y="${y + 12}" text-anchor="end">${escaped(label)}</text>
<rect x="${LABEL}" y="${y}" width="${length(value)}" height="${BAR}" fill="${ours ? '#0b5cad' : '#8a94a0'}"/>
<text x="${LABEL + length(value) + 6}" y="${y + 12}">${value.toLocaleString('en-GB', { maximumFractionDigits: value < 100 ? 1 : 0 })}</text>`;
  });
  const heading = `<text x="16" y="${top + 14}" font-weight="600">${escaped(title)}${uneven ? ' (logarithmic)' : ''}</text>`;
  return [heading, ...lines].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
