import { openAiEndpoints } from '@plexus/protocol';

/** First segments under which OpenAI's endpoints are, for example `/v1/chat`. */
const OPENAI = new Set(Object.values(openAiEndpoints).map(({ path }) => beginOf(path)));

/** A refusal of the node's own, in the words of the API that the path belongs to. */
export function refusalBody(url: string, code: string, message: string): object {
  const [path = ''] = url.split('?');
  if (!OPENAI.has(beginOf(path))) return { detail: message };
  return { error: { message, type: 'invalid_request_error', param: null, code } };
}

function beginOf(path: string): string {
  return path.split('/').slice(0, 3).join('/');
}
