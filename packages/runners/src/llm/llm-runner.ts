import { asRunError, closedError, interruption, throwIfInterrupted } from '../interruption.ts';
import type { RunContext, RunRequest, RunResult, Runner } from '../runner.ts';
import type { Completion, LanguageEngine } from './engine.ts';
import { languageRequest } from './request.ts';

/** The `llm` service on any language engine; billed by the engine's own count of tokens. */
export function createLlmRunner(engine: LanguageEngine, concurrency: number): Runner {
  async function run(request: RunRequest, context: RunContext): Promise<RunResult> {
    const { signal } = context;
    try {
      throwIfInterrupted(signal);
      const asked = languageRequest(request, engine.models);
      const completion = await engine.complete(asked, context);
      const result = asResult(completion, engine.describe(asked.model));
      if (completion.finishReason === 'cancelled') throw signal.aborted ? interruption(signal, result) : closedError();
      context.progress(100);
      return result;
    } catch (error) {
      throw asRunError(error, signal);
    }
  }

  return {
    service: 'llm',
    concurrency,
    models: engine.models,
    ...(engine.weights && { weights: engine.weights }),
    ...(engine.shape && { shape: engine.shape }),
    features: engine.features,
    languages: [],
    ...(engine.look && { look: engine.look }),
    run,
    close: () => engine.close(),
  };
}

function asResult(completion: Completion, description: RunResult['metadata']): RunResult {
  const { promptTokens, completionTokens, chatTemplate } = completion;
  return {
    output: completion.text,
    units: promptTokens + completionTokens,
    metadata: {
      ...description,
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      finish_reason: completion.finishReason,
      ...(chatTemplate !== undefined && { chat_template: chatTemplate }),
    },
  };
}
