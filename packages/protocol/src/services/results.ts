/** How results of tasks, which are texts, are read as the objects that services promise. */
import { isObject } from '../json.ts';
import type { CompletedTask } from './service.ts';

/** A result that is a text and nothing else. */
export function textResult({ result: text }: CompletedTask): { readonly text: string } {
  return { text };
}

/** A result that is the JSON of an object; one that is something else stands in it as `output`. */
export function jsonResult({ result }: CompletedTask): Readonly<Record<string, unknown>> {
  const value = parseJson(result);
  return isObject(value) ? value : { output: value };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
