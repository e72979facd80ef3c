/** Which films there can be. */
import type { FieldProblem } from './service.ts';

type Params = Readonly<Record<string, unknown>>;
export type FilmCodec = 'h264' | 'h265' | 'vp9' | 'av1';

/** 8K: more is no film. */
const MAX_FILM_PIXELS = 7680 * 4320;
const CODECS = ['h264', 'h265', 'vp9', 'av1'] as const;
/** What a format may hold, where it does not take all. Source: ffmpeg -h muxer=webm, and -h muxer=mov. */
const CODECS_OF: Readonly<Record<string, readonly FilmCodec[]>> = { webm: ['vp9', 'av1'], mov: ['h264', 'h265'] };

/** The codec of a request, which may leave it to the format. */
export function codecOf({ codec, output_format: format }: Params): FilmCodec {
  return CODECS.find((one) => one === codec) ?? (format === 'webm' ? 'vp9' : 'h264');
}

/** The name under which a node offers a codec among the features of its engine. */
export function codecFeature(codec: string): string {
  return `codec:${codec}`;
}

/** Width and height of a text such as `1920x1080`. */
export function sizeOf(resolution: unknown): { readonly width: number; readonly height: number } | undefined {
  const [, width, height] = typeof resolution === 'string' ? (/^(\d+)x(\d+)$/.exec(resolution) ?? []) : [];
  return width === undefined || height === undefined ? undefined : { width: Number(width), height: Number(height) };
}

/** What is wrong between parameters of a film that each fit. */
export function filmProblem(params: Params): FieldProblem | undefined {
  const format = typeof params['output_format'] === 'string' ? params['output_format'] : 'mp4';
  const codec = codecOf(params);
  const allowed = CODECS_OF[format] ?? CODECS;
  if (!allowed.includes(codec)) {
    return { field: 'codec', message: `${format} holds ${allowed.join(' or ')}, not ${codec}` };
  }
  const size = sizeOf(params['resolution']);
  if (size && (size.width % 2 !== 0 || size.height % 2 !== 0)) {
    return { field: 'resolution', message: 'width and height must be even: these codecs have no odd ones' };
  }
  if (size && size.width * size.height > MAX_FILM_PIXELS) {
    return { field: 'resolution', message: 'a film may not be larger than 7680x4320' };
  }
  return undefined;
}
