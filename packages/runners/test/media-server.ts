import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface MediaServer extends AsyncDisposable {
  readonly url: string;
  /** What it was asked, in order. */
  calls(): Promise<readonly { line: string; body: Record<string, unknown>; authorization?: string }[]>;
}

/** Starts a process that speaks AUTOMATIC1111's and OpenAI's APIs. */
export async function startMediaServer(): Promise<MediaServer> {
  const child = fork(join(import.meta.dirname, 'media-server.mjs'), { execArgv: [] });
  // The program says so in its first message.
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    calls: async () => (await (await fetch(`${url}/calls`)).json()) as Awaited<ReturnType<MediaServer['calls']>>,
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
