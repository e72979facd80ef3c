import { shardNetworkEndpoints, trainingEndpoints } from '@plexus/protocol';
import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { callCoordinator, readAnswer } from '../coordinator-http.ts';
import type { NodePass } from '../node-pass.ts';

/** What the coordinator's books say is asked again after this long, whoever wants to know. */
const FRESH_MS = 1000;
const ANSWER_MS = 5000;

/** What the coordinator knows of this node; undefined while it cannot be asked. */
export interface CoordinatorView {
  rewards(): Promise<Static<typeof shardNetworkEndpoints.getNodeRewards.response> | undefined>;
  training(): Promise<Static<typeof trainingEndpoints.getGlobalTraining.response> | undefined>;
}

export function createCoordinatorView({ baseUrl, pass }: { baseUrl: string; pass: NodePass }): CoordinatorView {
  const read = <S extends TSchema>({ path, response }: { path: string; response: S }) =>
    remembering(async (): Promise<Static<S> | undefined> => {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await callCoordinator({ baseUrl, method: 'GET', path, headers: { ...pass() }, signal });
      const body: unknown = JSON.parse(await readAnswer(answer));
      return answer.statusCode === 200 && Check(response, body) ? body : undefined;
    });
  return { rewards: read(shardNetworkEndpoints.getNodeRewards), training: read(trainingEndpoints.getGlobalTraining) };
}

function remembering<T>(ask: () => Promise<T | undefined>): () => Promise<T | undefined> {
  let known: { readonly until: number; readonly answer: Promise<T | undefined> } | undefined;
  return () => {
    if (!known || known.until <= performance.now()) {
      known = { until: performance.now() + FRESH_MS, answer: ask().catch(() => undefined) };
    }
    return known.answer;
  };
}
