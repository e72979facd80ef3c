import { serviceFor } from '@plexus/protocol';

/**
 * A result as runners leave it: a text, or the JSON of an object. Where the service reads a text as the object that has
 * it as `text`, the text of a told object is the result.
 */
export function resultText(result: unknown, service: string): string {
  if (typeof result === 'string') return result;
  const text = typeof result === 'object' && result !== null && 'text' in result ? result.text : undefined;
  const isText = typeof text === 'string';
  if (isText && serviceFor(service).readResult({ result: text, units: 0, facts: {} })['text'] === text) return text;
  return JSON.stringify(result) ?? '';
}
