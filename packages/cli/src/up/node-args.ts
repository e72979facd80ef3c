import type { UpFlags } from '../commands/serving.ts';

/** A `--coordinator` that is not known yet: the process that starts the node says it later. */
export const FROM_PARENT = 'parent';

interface NodePlace {
  readonly home: string;
  /** Addresses of the node that ran before, whose ports this one shall have too. */
  readonly urls: readonly string[] | undefined;
}

/** The command line of the node that `plexus up` starts. */
export function nodeArgs(flags: UpFlags, { home, urls }: NodePlace): readonly string[] {
  const [nodePort, infernetPort] = urls?.map((url) => new URL(url).port) ?? [];
  const { model, upstream, echoConcurrency, llmConcurrency, name, logLevel, llmInstall } = flags;
  const { allow, python, pythonPackages, infernetConfig, infernetCompat } = flags;
  const { imageUpstream, whisperUpstream, whisperModel, whisperWeights, egressAllow = [] } = flags;
  const options = {
    '--home': home,
    '--coordinator': FROM_PARENT,
    '--port': nodePort ?? flags.nodePort,
    '--infernet-port': infernetPort ?? flags.infernetPort,
    '--stats-port': flags.statsPort,
    '--model': model,
    '--upstream': upstream,
    '--image-upstream': imageUpstream,
    '--whisper-upstream': whisperUpstream,
    '--whisper-model': whisperModel,
    '--whisper-weights': whisperWeights,
    '--echo-concurrency': echoConcurrency,
    '--llm-concurrency': llmConcurrency,
    '--allow': allow?.join(','),
    '--python': python,
    '--python-packages': pythonPackages?.join(','),
    '--infernet-config': infernetConfig,
    '--infernet-compat': infernetCompat,
    '--name': name,
    '--log-level': logLevel,
    '--rate-limits': flags.rateLimits,
  };
  const given = Object.entries(options).flatMap(([flag, value]) => (value === undefined ? [] : [`${flag}=${value}`]));
  const places = egressAllow.map((place) => `--egress-allow=${place}`);
  return ['node', ...given, ...places, ...(llmInstall ? [] : ['--no-llm-install'])];
}

/**
 * Secrets go through the environment, because everybody can read a command line. The database's and another network's
 * are not for the node and what it runs.
 */
export function nodeEnv(
  env: Readonly<Record<string, string | undefined>>,
  upstreamKey: string | undefined,
): Record<string, string | undefined> {
  const { PLEXUS_DATABASE: _database, PGPASSWORD: _password, PLEXUS_NODE_TOKEN: _token, ...ofTheNode } = env;
  return {
    ...ofTheNode,
    ...(upstreamKey !== undefined && { PLEXUS_UPSTREAM_KEY: upstreamKey }),
  };
}
