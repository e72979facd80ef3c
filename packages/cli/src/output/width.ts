const ASCII = /^[ -~]*$/;
/** Marks over and in the letter before, and signs that are not seen. */
const UNSEEN = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** Halves of wide letters, and half flags. */
const NARROW = /[\uff61-\uffdc\uffe8-\uffee\p{Regional_Indicator}]/u;
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303f\u30fb\u30fc\uff01-\uff60\uffe0-\uffe6]/u;

/** Columns of a terminal that a text of one line takes. Source: Unicode, UAX 11: wide letters take two. */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

function widthOf(character: string): 0 | 1 | 2 {
  if (UNSEEN.test(character)) return 0;
  return !NARROW.test(character) && WIDE.test(character) ? 2 : 1;
}
