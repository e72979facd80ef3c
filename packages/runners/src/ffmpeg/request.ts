import { codecOf, type FilmCodec, sizeOf } from '@plexus/protocol';
import { numberParam, textParam } from '../params.ts';
import type { RunRequest } from '../runner.ts';

/** A film to be made. Everything in it is a number or one of a few words: nothing else of a client reaches a command. */
export interface Wishes {
  readonly format: 'mp4' | 'mkv' | 'webm' | 'mov';
  readonly codec: FilmCodec;
  readonly crf: number;
  readonly fps: number | undefined;
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

const DEFAULT_CRF = 23;
const FORMATS = ['mp4', 'mkv', 'webm', 'mov'] as const;

/** Reads parameters that fit the service's schema. */
export function wishesOf(params: RunRequest['params']): Wishes {
  const format = textParam(params, 'output_format');
  return {
    format: FORMATS.find((one) => one === format) ?? 'mp4',
    codec: codecOf(params),
    crf: numberParam(params, 'crf') ?? DEFAULT_CRF,
    fps: numberParam(params, 'fps'),
    size: sizeOf(params['resolution']),
  };
}
