/** OpenAI's API as far as it is served here. Source: contract/openai.md. */
import { endpoints } from '../endpoint.ts';
import { chatEndpoints } from './chat.ts';
import { completionsEndpoints } from './completions.ts';
import { embeddingsEndpoints } from './embeddings.ts';
import { modelsEndpoints } from './models.ts';

export const openAiEndpoints = endpoints({
  ...modelsEndpoints,
  ...chatEndpoints,
  ...completionsEndpoints,
  ...embeddingsEndpoints,
});
