import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { closedError, linkSignals } from '../interruption.ts';
import { callJson, DEFAULT_TIMEOUTS } from '../llm/upstream-http.ts';
import { createUpstreamLook, listUpstreamModels } from '../llm/upstream-models.ts';
import type { UpstreamOptions } from '../llm/upstream.ts';
import { RunError } from '../runner.ts';
import { unit } from './encoder.ts';
import type { EmbeddingEngine } from './engine.ts';

/** Texts that are asked for at once. */
const PARALLEL = 8;
/** A language model embeds too, but badly: a name must say that it is meant to. */
const EMBEDS = /embed|\bbge|\bgte|\be5\b|minilm|sentence/i;

const isAnswer = Compile(
  Type.Object({
    data: Type.Tuple([Type.Object({ embedding: Type.Array(Type.Number(), { minItems: 1, maxItems: 16_384 }) })]),
    usage: Type.Object({ prompt_tokens: Type.Integer({ minimum: 1, maximum: 100_000_000 }) }),
  }),
);

/**
 * Embeds by an engine that the host runs already, text by text: servers count tokens only of whole calls.
 *
 * @throws {RunError} ENGINE_FAILED when it has no model for it
 */
export async function createUpstreamEmbedder(options: UpstreamOptions): Promise<EmbeddingEngine> {
  const { address, timeouts = DEFAULT_TIMEOUTS } = options;
  const listed = await listUpstreamModels({ address, ...timeouts, signal: options.signal });
  const models = listed.filter((model) => EMBEDS.test(model));
  if (models.length === 0) throw new RunError('ENGINE_FAILED', 'The upstream engine has no model with a name to embed');
  const closing = new AbortController();

  async function embedOne(text: string, model: string, signal: AbortSignal) {
    const body = { model, input: [text], encoding_format: 'float' };
    const answer = await callJson({ address, ...timeouts, path: '/embeddings', body, signal });
    if (!isAnswer.Check(answer)) throw new RunError('ENGINE_FAILED', 'The upstream engine sent what OpenAI does not');
    const [{ embedding }] = answer.data;
    return { vector: [...unit(Float32Array.from(embedding))], tokens: answer.usage.prompt_tokens };
  }

  return {
    models,
    look: createUpstreamLook(address),
    describe: (model) => ({ engine: 'upstream', model }),
    async embed({ texts, model, signal, onText }) {
      const failing = new AbortController();
      const either = linkSignals([signal, closing.signal, failing.signal]);
      const results: Awaited<ReturnType<typeof embedOne>>[] = [];
      const left = texts.entries();
      let done = 0;
      async function work(): Promise<void> {
        for (const [i, text] of left) {
          results[i] = await embedOne(text, model, either.signal);
          onText(++done);
        }
      }
      try {
        await Promise.all(Array.from({ length: Math.min(PARALLEL, texts.length) }, work));
        return { vectors: results.map(({ vector }) => vector), tokens: results.map(({ tokens }) => tokens) };
      } catch (error) {
        failing.abort(error);
        throw error;
      } finally {
        either.unlink();
      }
    },
    async close() {
      closing.abort(closedError());
    },
  };
}
