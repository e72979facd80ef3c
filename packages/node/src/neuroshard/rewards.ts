import { shardNetworkEndpoints, trainingEndpoints } from '@plexus/protocol';
import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { callCoordinator, readAnswer } from '../coordinator-http.ts';
import type { NodePass } from '../node-pass.ts';

/** What the coordinator's books say is asked again after this long, and whenever they may have changed by this node. */
const FRESH_MS = 1000;
const ANSWER_MS = 5000;

/** What the coordinator knows of this node, or knew when it was asked last; undefined until it could be asked. */
export interface CoordinatorView {
  rewards(): Promise<Static<typeof shardNetworkEndpoints.getNodeRewards.response> | undefined>;
  training(): Promise<Static<typeof trainingEndpoints.getGlobalTraining.response> | undefined>;
}

export interface CoordinatorViewOptions {
  readonly baseUrl: string;
  readonly pass: NodePass;
  /** Messages that were exchanged with the coordinator: while there are no more, this node has done nothing new. */
  readonly exchanged: () => number;
  /** While it is not, nobody waits for an answer that cannot come. */
  readonly isConnected: () => boolean;
}

export function createCoordinatorView({ baseUrl, pass, ...link }: CoordinatorViewOptions): CoordinatorView {
  const read = <S extends TSchema>({ path, response }: { path: string; response: S }) =>
    remembering(link, async (): Promise<Static<S> | undefined> => {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await callCoordinator({ baseUrl, method: 'GET', path, headers: { ...pass() }, signal });
      const body: unknown = JSON.parse(await readAnswer(answer));
      return answer.statusCode === 200 && Check(response, body) ? body : undefined;
    });
  return { rewards: read(shardNetworkEndpoints.getNodeRewards), training: read(trainingEndpoints.getGlobalTraining) };
}

/** The newest answer; while there is none, the last that there was. */
function remembering<T>(
  { exchanged, isConnected }: Pick<CoordinatorViewOptions, 'exchanged' | 'isConnected'>,
  ask: () => Promise<T | undefined>,
): () => Promise<T | undefined> {
  let asked: { readonly until: number; readonly at: number; readonly answer: Promise<T | undefined> } | undefined;
  let last: T | undefined;
  return async () => {
    if (!isConnected()) return last;
    const at = exchanged();
    if (!asked || asked.until <= performance.now() || asked.at !== at) {
      asked = { until: performance.now() + FRESH_MS, at, answer: ask().catch(() => undefined) };
    }
    last = (await asked.answer) ?? last;
    return last;
  };
}
