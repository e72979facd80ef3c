import type { ChatBody } from '@plexus/sdk';

/** How answers are asked for. */
export interface ChatOptions {
  readonly model: string;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
}

export function toBody({ model, maxTokens, temperature }: ChatOptions, messages: ChatBody['messages']): ChatBody {
  return {
    model,
    messages,
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
  };
}
