import { codecFeature } from '@plexus/protocol';
import { createMediaRunner } from '../media/media-runner.ts';
import type { Runner } from '../runner.ts';
import { transcode, type TranscoderParts } from './transcode.ts';

/** Writes films anew; the codecs that this node's FFmpeg has are its features, so that jobs for others go elsewhere. */
export function createFfmpegRunner(parts: TranscoderParts, concurrency: number): Runner {
  return createMediaRunner({
    service: 'ffmpeg',
    concurrency,
    features: Object.keys(parts.engine.encoders).map(codecFeature),
    work: (job) => transcode(parts, job),
    close: () => parts.sandbox.close(),
  });
}
