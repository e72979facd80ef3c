const LETTERS = Array.from({ length: 26 }, (_, at) => String.fromCodePoint(0x61 + at));

/** Codes of two letters by the English names of their languages, as the runtime knows them. */
let codes: ReadonlyMap<string, string> | undefined;

/** The code of a language that is given by its English name, as OpenAI's API does; a code, and what nobody knows, stays. */
export function languageCode(language: string): string {
  const name = language.trim().toLowerCase();
  codes ??= readCodes();
  return codes.get(name) ?? name;
}

function readCodes(): ReadonlyMap<string, string> {
  const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  const pairs = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  return new Map(
    pairs.flatMap((code): [string, string][] => {
      const name = names.of(code);
      // Codes that were withdrawn have the name of the one that took their place.
      return name === undefined || Intl.getCanonicalLocales(code)[0] !== code ? [] : [[name.toLowerCase(), code]];
    }),
  );
}
