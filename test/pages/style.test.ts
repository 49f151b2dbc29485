import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contrastWithWhite } from '../../src/pages/contrast.ts';
import { style } from '../../src/pages/style.ts';

describe('contrast with white', () => {
  it('is what WCAG says', () => {
    assert.equal(contrastWithWhite('#000000'), 21);
    assert.equal(contrastWithWhite('#FFFFFF'), 1);
    // The well-known neighbours of 4.5.
    assert.ok((contrastWithWhite('#767676') ?? 0) >= 4.5);
    assert.ok((contrastWithWhite('#777777') ?? 9) < 4.5);
  });

  it('is unknown for anything but #rrggbb', () => {
    for (const odd of ['', 'red', '#fff', '#12345g', '#1234567', '#123456;}', '123456']) {
      assert.equal(contrastWithWhite(odd), undefined, odd);
    }
  });
});

describe('the style sheet', () => {
  it('has text, quiet text, errors and the accent with a contrast of 4.5 or more, on grey too', () => {
    const grey = contrastWithWhite('#f3f5f6') ?? 0;
    const colours = [...style().matchAll(/--(accent|text|quiet|error): (#[0-9a-f]{6})/g)];
    assert.equal(colours.length, 4);
    for (const [, name, colour = ''] of colours) {
      assert.ok((contrastWithWhite(colour) ?? 0) / grey >= 4.5, name);
    }
  });

  it('loads nothing from anywhere', () => {
    assert.doesNotMatch(style(), /url\(|@import|@font-face|Frutiger/i);
  });
});
