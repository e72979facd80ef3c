import type { NodeOptions } from '@plexus/node';
import { checkUrl } from '../settings.ts';
import type { Io } from '../io.ts';
import type { EngineFlags } from './serving.ts';

type MediaFlags = Pick<
  EngineFlags,
  'imageUpstream' | 'whisperUpstream' | 'whisperModel' | 'whisperWeights' | 'egressAllow'
>;

/** What a node is told of the servers that paint and listen for it. */
export function mediaOptions(
  { imageUpstream, whisperUpstream, whisperModel, whisperWeights, egressAllow }: MediaFlags,
  env: Io['env'],
): Pick<NodeOptions, 'imageUpstream' | 'whisperUpstream' | 'whisperWeights' | 'egressAllow'> {
  return {
    ...(egressAllow && { egressAllow }),
    ...(imageUpstream !== undefined && { imageUpstream: addressOf(imageUpstream, env['PLEXUS_IMAGE_KEY']) }),
    ...(whisperWeights !== undefined && { whisperWeights }),
    ...(whisperUpstream !== undefined && {
      whisperUpstream: {
        ...addressOf(whisperUpstream, env['PLEXUS_WHISPER_KEY']),
        ...(whisperModel !== undefined && { model: whisperModel }),
      },
    }),
  };
}

function addressOf(url: string, apiKey: string | undefined) {
  return { url: checkUrl(url), ...(apiKey ? { apiKey } : {}) };
}
