import { RunError } from '../runner.ts';

const MAX_EVENT_CHARACTERS = 1024 * 1024;

export interface SseParser {
  /** The data of every event that these bytes complete. */
  push(bytes: Uint8Array): readonly string[];
}

/**
 * Reads a server-sent event stream that may be cut anywhere, also within a character.
 *
 * @throws {RunError} ENGINE_FAILED when one event is beyond all measure
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function createSseParser(): SseParser {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let data: string[] = [];
  let size = 0;

  /** Data of an event that this line ends. */
  function take(line: string): string | undefined {
    if (line === '') {
      const event = data.length > 0 ? data.join('\n') : undefined;
      data = [];
      size = 0;
      return event;
    }
    const match = /^data(?:: ?([^]*))?$/.exec(line);
    if (match) data.push(match[1] ?? '');
    size += line.length;
    return undefined;
  }

  return {
    push(bytes) {
      const text = rest + decoder.decode(bytes, { stream: true });
      // A carriage return at the very end may be the first half of a line's end.
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      const events = lines.map(take).filter((event) => event !== undefined);
      if (rest.length + size > MAX_EVENT_CHARACTERS) {
        throw new RunError('ENGINE_FAILED', 'The upstream engine sent an event without end');
      }
      return events;
    },
  };
}
