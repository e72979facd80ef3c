import type { Input, openAiEndpoints } from '@plexus/protocol';
import { randomnessOf } from '../randomness.ts';
import type { Wants } from './model-names.ts';

type ChatBody = Input<typeof openAiEndpoints.createChatCompletion>['body'];
type CompletionBody = Input<typeof openAiEndpoints.createCompletion>['body'];
type ResponseFormat = NonNullable<ChatBody['response_format']>;
type Params = Record<string, unknown>;

/** How the service is asked, and what its engine must be able to do, each with the parameter that asks for it. */
export interface Asked {
  readonly params: Params;
  readonly wants: Wants;
}

export function chatParams(body: ChatBody): Asked {
  const { max_completion_tokens: maximum, response_format: format } = body;
  const { params, wants } = generationParams(body);
  const form = formOf(format);
  return {
    params: {
      chat: true,
      ...params,
      ...(typeof maximum === 'number' && { max_tokens: maximum }),
      ...(form && { response_format: form }),
    },
    wants: { chat: 'messages', ...wants, ...(form && { [form.type]: 'response_format' }) },
  };
}

export function generationParams(body: ChatBody | CompletionBody): Asked {
  const { max_tokens, seed, stop } = body;
  const penalties = {
    ...(body.frequency_penalty && { frequency_penalty: body.frequency_penalty }),
    ...(body.presence_penalty && { presence_penalty: body.presence_penalty }),
  };
  const [penalty] = Object.keys(penalties);
  const stops = typeof stop === 'string' ? [stop] : stop;
  const params = { max_tokens, ...randomnessOf(body), seed, stop: stops, ...penalties };
  return { params: withoutNull(params), wants: penalty === undefined ? {} : { penalties: penalty } };
}

function formOf(format: ResponseFormat | null | undefined): { type: string; schema?: unknown } | undefined {
  switch (format?.type) {
    case undefined:
    case 'text':
      return undefined;
    case 'json_object':
      return { type: 'json_object' };
    case 'json_schema':
      return { type: 'json_schema', schema: format.json_schema.schema };
  }
}

function withoutNull(params: Params): Params {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null && value !== undefined));
}
