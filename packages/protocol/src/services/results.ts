/** How results of tasks, which are texts, are read as the objects that services promise. */
import type { CompletedTask } from './service.ts';

/** A result that is a text and nothing else. */
export function textResult({ result: text }: CompletedTask): { readonly text: string } {
  return { text };
}

/** A result that is the JSON of an object; one that is something else stands in it as `output`. */
export function jsonResult({ result }: CompletedTask): Readonly<Record<string, unknown>> {
  const value = parseJson(result);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  // Narrowed to an object, whose members nobody here looks at.
  return isObject ? (value as Readonly<Record<string, unknown>>) : { output: value };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
