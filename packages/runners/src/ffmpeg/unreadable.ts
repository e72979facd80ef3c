const PLAYLIST = /\[(\S+) @ 0x[0-9a-f]+\] Format not on whitelist/;
const UNREADABLE = /Invalid data found when processing input|could not find codec parameters/;
const NO_SOUND = /Stream map '0:a:0' matches no streams/;
/** Which part of FFmpeg speaks, at what address of memory. */
const SPEAKER = /^\[[^\]]+ @ 0x[0-9a-f]+\] /;
/** What FFmpeg says of every file that it cannot read, with the file's name. */
const COMMONPLACE = /Invalid data found when processing input$/;

/** What FFmpeg or FFprobe has against an input, in words for whoever sent it; undefined where it failed otherwise. */
export function unreadableReason(said: string): string | undefined {
  const format = PLAYLIST.exec(said)?.[1];
  if (format !== undefined) {
    return `The input is of the kind "${format}", which is not taken: it must be one file, and no playlist`;
  }
  if (NO_SOUND.test(said)) return 'The input has no sound';
  if (!UNREADABLE.test(said)) return undefined;
  const detail = said
    .split('\n')
    .map((line) => line.replace(SPEAKER, ''))
    .find((line) => line !== '' && !COMMONPLACE.test(line));
  return `The input is damaged, or no film or sound${detail === undefined ? '' : `: ${detail}`}`;
}
