const MAX_NAME_LENGTH = 400;
const MAX_SEGMENT_LENGTH = 200;
/** Control characters, what separates paths elsewhere, and halves of characters. */
const UNFIT = /[\p{Cc}\p{Cs}\u2028\u2029\\]/u;

/** Whether an output file may be called so: a relative path whose segments all name something. */
export function isOutputName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH || UNFIT.test(name)) return false;
  return name.split('/').every(isSegment);
}

function isSegment(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && segment.length <= MAX_SEGMENT_LENGTH;
}

/** Path at the coordinator of an output file: who knows the token may read it. */
export function outputPath(token: string, name: string): string {
  return `/artifacts/${token}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/** What files of an ending are, where the ending says so; nothing here is opened by a browser as a page. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  csv: 'text/csv; charset=utf-8',
  flac: 'audio/flac',
  gif: 'image/gif',
  gz: 'application/gzip',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  m4a: 'audio/mp4',
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  pdf: 'application/pdf',
  png: 'image/png',
  tar: 'application/x-tar',
  txt: 'text/plain; charset=utf-8',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
  zip: 'application/zip',
};

/** The media type of a file, by the ending of its name. */
export function contentTypeOf(name: string): string {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return CONTENT_TYPES[ending] ?? 'application/octet-stream';
}
