import picocolors from 'picocolors';
import type { Io, Sink } from '../io.ts';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colour is for terminals, unless NO_COLOR asks for none. Source: https://no-color.org */
export function hasColour(sink: Sink, env: Io['env']): boolean {
  return sink.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

export function coloursFor(sink: Sink, env: Io['env']): Colours {
  return picocolors.createColors(hasColour(sink, env));
}
