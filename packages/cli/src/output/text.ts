/** Escape sequences and other control characters, tab and line feed apart: a stranger's text must not steer a terminal. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A text from outside, fit for a terminal. */
export function printable(text: string): string {
  return text.replace(CONTROL, '\uFFFD');
}

/** The same on one line. */
export function oneLine(text: string): string {
  return printable(text.replace(/[\r\n\t]+/g, ' '));
}

/** `2025-01-15T10:30:00.123Z` as `2025-01-15 10:30:00`; UTC stays UTC. */
export function shortTime(iso: string | null): string {
  return iso === null
    ? '-'
    : oneLine(iso)
        .replace('T', ' ')
        .replace(/(\.\d+)?Z$/, '');
}

/** Credits with their thousands apart: `1000000.5` as `1,000,000.5`. */
export function groupDigits(credits: string): string {
  return oneLine(credits).replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
}
