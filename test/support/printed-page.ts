/** The requests that AITBC's page prints, read from its own text. Source: seed 002. */
import { readFileSync } from 'node:fs';

/** A request of the page, and the answer that is printed under it, if one is. */
export interface PrintedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly response?: object;
  /** Names of its query parameters. */
  readonly query: readonly string[];
}

/** A row of the page's table of errors. */
export interface PrintedError {
  readonly code: string;
  readonly status: number;
}

const PAGE = readFileSync(new URL('aitbc-page.txt', import.meta.url), 'utf8');
const REQUEST = /^(GET|POST|DELETE) (\/\S+)$/gm;
/** As printed: `limit(integer): Maximum number …`, or `category(optional): …`. */
const PARAMETER = /^(\w+)\((?:string|integer|optional)\):/gm;
/** As the page's text has it, in two lines. */
const ERROR_ROW = /^(\w+) \|\n.*\| (\d{3}) \|$/gm;

/** Every request, in the order of the page. */
export function printedRequests(): readonly PrintedRequest[] {
  const places = [...PAGE.matchAll(REQUEST)];
  return places.map((place, at) => {
    const [, method = '', path = ''] = place;
    const section = PAGE.slice(place.index, places[at + 1]?.index);
    const [body, response] = [objectAfter(section, 'Request Body:'), objectAfter(section, 'Response:')];
    const query = method === 'GET' ? [...section.matchAll(PARAMETER)].map(([, name = '']) => name) : [];
    return { method, path, query, ...(body && { body }), ...(response && { response }) };
  });
}

export function printedErrors(): readonly PrintedError[] {
  return [...PAGE.matchAll(ERROR_ROW)].map(([, code = '', status]) => ({ code, status: Number(status) }));
}

/** The message that is printed for readers of `/ws`. */
export function printedMessage(): object {
  return objectAfter(PAGE, 'Example Message:') ?? {};
}

/** The JSON object that stands after a heading of a section. */
function objectAfter(section: string, heading: string): object | undefined {
  const at = section.indexOf(`\n${heading}\n`);
  if (at < 0) return undefined;
  const text = section.slice(at + heading.length + 2);
  return JSON.parse(text.slice(0, objectEnd(text))) as object;
}

/** Where an object ends that a text begins with; none of the page's texts has a brace in it. */
function objectEnd(text: string): number {
  let depth = 0;
  for (const { 0: brace, index } of text.matchAll(/[{}]/g)) {
    depth += brace === '{' ? 1 : -1;
    if (depth === 0) return index + 1;
  }
  return text.length;
}

/**
 * What is missing, or of another type, in an answer beside one that is printed; an instant may be null while it is not
 * known.
 */
export function differences(printed: unknown, actual: unknown, place = ''): readonly string[] {
  if (Array.isArray(printed)) return listDifferences(printed, actual, place);
  if (typeof printed !== 'object' || printed === null) {
    return typeof printed === typeof actual ? [] : [`${place} is ${typeof actual}, not ${typeof printed}`];
  }
  if (typeof actual !== 'object' || actual === null) return [`${place} is no object`];
  return Object.entries(printed).flatMap(([name, value]) =>
    name in actual
      ? differences(value, (actual as Record<string, unknown>)[name], `${place}.${name}`)
      : [`${place}.${name} is missing`],
  );
}

function listDifferences(printed: readonly unknown[], actual: unknown, place: string): readonly string[] {
  if (!Array.isArray(actual)) return [`${place} is no list`];
  if (printed.length > 0 && actual.length === 0) return [`${place} is empty`];
  return printed.length === 0 ? [] : actual.flatMap((item, at) => differences(printed[0], item, `${place}[${at}]`));
}
