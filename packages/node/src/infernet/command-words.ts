/** A word is made of pieces without blanks, in single quotes, or in double ones; a backslash takes the next character as it is. */
const WORD = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gs;
const PIECE = /\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"|([^'"\\]+)/gs;

/** The words of a command line, as a shell takes them apart; nothing in them is replaced or run. */
export function commandWords(line: string): string[] {
  return [...line.matchAll(WORD)].map(([word]) =>
    [...word.matchAll(PIECE)]
      .map(
        ([, escaped, single, double, plain]) => escaped ?? single ?? double?.replace(/\\(["\\])/g, '$1') ?? plain ?? '',
      )
      .join(''),
  );
}
