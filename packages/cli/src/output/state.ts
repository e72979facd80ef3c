import type { JobState } from '@plexus/protocol';
import type { Colours } from './colours.ts';
import type { Cell } from './table.ts';

export function paintState(state: JobState, colours: Colours): Cell {
  return { text: state.replace('_', ' '), paint: painter(state, colours) };
}

function painter(state: JobState, colours: Colours): (text: string) => string {
  switch (state) {
    case 'queued':
    case 'cancelled':
      return colours.dim;
    case 'running':
      return colours.cyan;
    case 'completed':
      return colours.green;
    case 'failed':
    case 'timed_out':
      return colours.red;
  }
}
