import { describe, expect, it } from 'vitest';
import { barPlot } from '../../bench/plots/bars.mjs';
import { linePlot } from '../../bench/plots/lines.mjs';
import { rangePlot } from '../../bench/plots/ranges.mjs';
import { linearScale, logScale } from '../../bench/plots/scale.mjs';

/** The numbers of one attribute of all elements of a kind. */
function numbersOf(svg: string, element: string, attribute: string): number[] {
  const pattern = new RegExp(`<${element} [^>]*\\b${attribute}="(-?[\\d.]+)"`, 'g');
  return [...svg.matchAll(pattern)].map((match) => Number(match[1]));
}

/** Elements that are opened are closed, in order. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, slash, name = '', self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (slash) expect(open.pop()).toBe(name);
    else if (!self) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
}

describe('scales', () => {
  it('a logarithmic one puts equal ratios at equal distances', () => {
    const { at, marks } = logScale([0.3, 70], [0, 100]);
    expect(marks[0]).toBeLessThanOrEqual(0.3);
    expect(marks.at(-1)).toBeGreaterThanOrEqual(70);
    expect(at(2) - at(1)).toBeCloseTo(at(20) - at(10));
    expect(logScale([5, 5], [0, 100]).at(5)).toBe(0);
  });

  it.each([
    [7, 8],
    [100, 100],
    [0.013, 0.015],
    [18_779, 20_000],
  ])('one from zero to %d ends at a round %d', (most, end) => {
    const { marks, at } = linearScale(most, [0, 1]);
    expect(marks.at(-1)).toBeCloseTo(end);
    expect(at(end)).toBeCloseTo(1);
  });
});

describe('plots', () => {
  it('bars are as long as their values, and texts cannot break out', () => {
    const bars = [100, 50, 0].map((value) => ({ label: '<a & "b">', value, colour: 'ours' as const }));
    const svg = barPlot({ title: 'Title', panels: [{ title: 'one', bars }] });
    const [first = 0, second = 0, none = 0] = numbersOf(svg, 'rect', 'width');
    expect(first / second).toBeCloseTo(2, 1);
    expect(none).toBe(1);
    expect(svg).toContain('&lt;a &amp; &quot;b&quot;&gt;');
    expectWellFormed(svg);
  });

  it('ranges of all panels share one axis', () => {
    const panels = [1, 10].map((from) => ({
      title: `${from}`,
      ranges: [{ label: 'x', from, to: from * 10, colour: 'other' as const }],
    }));
    const svg = rangePlot({ title: 'Title', unit: 'ms', panels });
    const [left = 0, right = 0] = numbersOf(svg, 'rect', 'x');
    const [width = 0, same = 0] = numbersOf(svg, 'rect', 'width');
    expect(left + width).toBeCloseTo(right, 0);
    expect(width).toBeCloseTo(same, 0);
    expectWellFormed(svg);
  });

  it('lines rise with their values, and names that would meet are kept apart', () => {
    const lines = ['a', 'b'].map((label) => ({
      label,
      points: [[10, 1] as const, [1000, 4] as const],
      colour: 'floor' as const,
    }));
    const svg = linePlot({ title: 'Title', across: 'nodes', up: 'µs', lines });
    const [low = 0, high = 0] = numbersOf(svg, 'circle', 'cy');
    expect(low).toBeGreaterThan(high);
    const names = [...svg.matchAll(/y="([\d.]+)"[^>]*>[ab]</g)].map((match) => Number(match[1]));
    expect(Math.abs((names[0] ?? 0) - (names[1] ?? 0))).toBeGreaterThanOrEqual(16);
    expectWellFormed(svg);
  });

  it('can be read on dark pages', () => {
    const svg = barPlot({ title: 't', panels: [{ title: '', bars: [{ label: 'a', value: 1, colour: 'ours' }] }] });
    expect(svg).toMatch(/\.ink\{fill:#1f2328\}.*prefers-color-scheme:dark.*\.ink\{fill:#f0f6fc\}/s);
  });
});
