/** How results of tasks, which are texts, are read as the objects that services promise. */
import { isObject } from '../json.ts';
import { exceedsDepth, MAX_ANSWER_DEPTH } from '../nesting.ts';
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

/** What is nested so deep that nobody could write it as JSON again stays the text that it is. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return exceedsDepth(value, MAX_ANSWER_DEPTH) ? text : value;
  } catch {
    return text;
  }
}
