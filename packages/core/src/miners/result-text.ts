import { serviceFor } from '@plexus/protocol';

/**
 * A result as runners leave it: a text, or the JSON of an object. Where the service reads a text as the object that has
 * it as `text`, an object that is that and nothing else is the text.
 */
export function resultText(result: unknown, service: string): string {
  if (typeof result === 'string') return result;
  const { text, ...others } = typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : {};
  const isText = typeof text === 'string' && Object.keys(others).length === 0;
  if (isText && serviceFor(service).readResult({ result: text, units: 0, facts: {} })['text'] === text) return text;
  return JSON.stringify(result) ?? '';
}
