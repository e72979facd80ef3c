import { RunError } from '../runner.ts';
import { type Language, parseLanguage } from './languages.ts';
import type { TranslationRequest } from './request.ts';

/** A direction that is installed. */
export interface Mode {
  /** As Apertium calls it, for example `spa-eng_US`. */
  readonly name: string;
  readonly source: Language;
  readonly target: Language;
}

const MODE = /^([a-z]{2,3}(?:_[A-Za-z0-9_]+)?)-([a-z]{2,3}(?:_[A-Za-z0-9_]+)?)$/;

/** The directions in the output of `apertium -l`; what is not one (parts of a pipeline) is left out. */
export function parseModes(listing: string): readonly Mode[] {
  return listing.split('\n').flatMap((line) => {
    const match = MODE.exec(line.trim());
    const [name, source, target] = match ?? [];
    if (name === undefined || source === undefined || target === undefined) return [];
    return [{ name, source: parseLanguage(source), target: parseLanguage(target) }];
  });
}

export function languagesOf(modes: readonly Mode[]): readonly string[] {
  return [...new Set(modes.flatMap(({ source, target }) => [source.code, target.code]))].toSorted();
}

/**
 * The direction for a request. Without a source language it is the only one that reaches the target, else English.
 *
 * @throws {RunError} LANGUAGE_NOT_FOUND
 */
export function chooseMode(modes: readonly Mode[], request: TranslationRequest): Mode {
  const reaching = modes.filter(({ target }) => target.code === request.target.code);
  const sources = new Set(reaching.map(({ source }) => source.code));
  const [only] = sources;
  const source = request.source ?? { code: sources.size === 1 && only !== undefined ? only : 'en', variant: '' };
  const [best] = reaching
    .filter((mode) => mode.source.code === source.code)
    .toSorted((a, b) => distance(a, source, request.target) - distance(b, source, request.target));
  if (best) return best;
  const known = modes.map((mode) => `${mode.source.code} to ${mode.target.code}`);
  const list = [...new Set(known)].slice(0, 20).join(', ');
  throw new RunError(
    'LANGUAGE_NOT_FOUND',
    `This node does not translate ${source.code} to ${request.target.code}; it has ${list}`,
  );
}

/** The asked variants are nearest, then the plain language, then any other variant. */
function distance(mode: Mode, source: Language, target: Language): number {
  return variantDistance(mode.source, source) + variantDistance(mode.target, target);
}

function variantDistance(has: Language, asked: Language): number {
  if (has.variant === asked.variant) return 0;
  return has.variant === '' ? 1 : 2;
}
