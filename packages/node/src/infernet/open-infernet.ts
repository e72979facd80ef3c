import type { NodeOptions } from '../options.ts';
import { chainConfigOf } from './chain/chain-config.ts';
import { openLateChain } from './chain/late-chain.ts';
import { type NodeChain, openNodeChain } from './chain/node-chain.ts';
import { problemWords } from './chain/problem-words.ts';
import { readInfernetConfig, unknownIn } from './config.ts';
import { type Containers, createContainers } from './containers.ts';
import { openManaged } from './managed-containers.ts';

/** What a node has for Infernet's clients. */
export interface Infernet {
  readonly containers: Containers;
  /** Absent where the node answers no chain. */
  readonly chain: NodeChain | undefined;
  /** Ends what was opened, but for the runner, which has an end of its own. */
  close(): Promise<void>;
}

/**
 * Opens what the node's configuration names.
 *
 * @param owner a name that no other node on this machine has
 * @throws {Error} when the configuration is wrong
 */
export async function openInfernet({ infernet = {}, home, logger }: NodeOptions, owner: string): Promise<Infernet> {
  const { configPath, isCompatible = false } = infernet;
  const config = configPath === undefined ? { containers: [] } : await readInfernetConfig(configPath);
  const names = unknownIn(config);
  if (names.length > 0) logger.warn({ names }, 'The Infernet configuration has names that have no effect');
  const chainConfig = chainConfigOf(config);
  const onProgress = (text: string): void => logger.info(text);
  const onFailure = (container: string, reason: string): void => {
    logger.warn({ container, reason }, 'A container does not start; it is tried again when a job needs it');
  };
  const managed = await openManaged(config, { owner, onProgress, onFailure });
  const containers = createContainers({ config, isCompatible, managed });
  for (const { id, reason } of containers.missing) logger.warn({ container: id, reason }, 'A container is not served');
  const place = { site: containers.site, home };
  const open = chainConfig && (() => openNodeChain(chainConfig, place, warn));
  const chain = open && (await openLateChain({ open, log: warn, onProgress }));
  return { containers, chain, close: async () => await chain?.close() };

  function warn(problem: unknown, text: string): void {
    logger.warn({ reason: problemWords(problem) }, text);
  }
}
