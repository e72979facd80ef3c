import type { DetectOptions, SERVICES } from './registry.ts';

type Service = (typeof SERVICES)[number];

/** What is done by servers that the operator has named, which may come later than the node, and come back. */
export function outsideServices(options: DetectOptions): readonly Service[] {
  const { upstream, imageUpstream, whisperUpstream } = options;
  const language: readonly Service[] = upstream ? ['llm', 'embedding', 'translate'] : [];
  return [
    ...language,
    ...(imageUpstream ? (['stable_diffusion'] as const) : []),
    ...(whisperUpstream ? (['whisper'] as const) : []),
  ];
}
