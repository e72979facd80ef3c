import { feedMessage } from '@plexus/api';
import type { EventFilter, NumberedEvent } from '@plexus/core';
import { textFrame } from './text-frame.ts';

/** Events as the bytes that readers get: each is worded once, and put together once for all who want the same. */
export class Broadcast {
  private readonly events: readonly NumberedEvent[];
  private readonly frames: (Buffer | undefined)[] = [];
  private readonly byFilter = new Map<string, Buffer>();

  constructor(events: readonly NumberedEvent[]) {
    this.events = events;
  }

  /** What a reader with this filter is to get; empty when there is nothing. */
  for(filter: EventFilter): Buffer {
    const known = this.byFilter.get(filter.name);
    if (known) return known;
    const wanted: Buffer[] = [];
    this.events.forEach((numbered, index) => {
      if (filter.takes(numbered.event)) wanted.push((this.frames[index] ??= frameOf(numbered)));
    });
    const bytes = Buffer.concat(wanted);
    this.byFilter.set(filter.name, bytes);
    return bytes;
  }
}

function frameOf(numbered: NumberedEvent): Buffer {
  return textFrame(JSON.stringify(feedMessage(numbered)));
}
