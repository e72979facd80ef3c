/** Debian's Chromium, driven over its own protocol. Source: chromedevtools.github.io/devtools-protocol. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type RawData, WebSocket } from 'ws';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
];

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly error?: { readonly message: string };
  // What each command answers is its own.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly params?: any;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly result?: any;
}

interface Target {
  readonly type: string;
  readonly webSocketDebuggerUrl: string;
}

/** A page of a Chromium of its own. */
export interface BrowserPage extends AsyncDisposable {
  /** What went wrong in the page, as its console says it. */
  readonly complaints: string[];
  open(url: string): Promise<void>;
  /** The value of an expression in the page, once its promise is kept. */
  evaluate(expression: string): Promise<unknown>;
}

/** @param hostname a name that this Chromium finds on this machine */
export async function openChromium(hostname: string): Promise<BrowserPage> {
  const profile = mkdtempSync(join(tmpdir(), 'plexus-chromium-'));
  const flags = [...FLAGS, `--user-data-dir=${profile}`, `--host-resolver-rules=MAP ${hostname} 127.0.0.1`];
  const child = spawn('/usr/bin/chromium', [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const socket = new WebSocket(await pageSocket(child));
  await once(socket, 'open');
  const complaints: string[] = [];
  const send = commands(socket, complaints);
  await Promise.all(['Page.enable', 'Runtime.enable', 'Log.enable'].map((method) => send(method)));
  return {
    complaints,
    async open(url) {
      const isLoaded = nextEvent(socket, 'Page.loadEventFired');
      await send('Page.navigate', { url });
      await isLoaded;
    },
    async evaluate(expression) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    async [Symbol.asyncDispose]() {
      const isOver = once(child, 'exit');
      await send('Browser.close');
      await isOver;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function pageSocket(child: ChildProcess): Promise<string> {
  const { stderr } = child;
  if (!stderr) throw new Error('Chromium has no output');
  for await (const line of createInterface(stderr)) {
    const place = /^DevTools listening on ws:\/\/([^/]+)/.exec(line)?.[1];
    if (place === undefined) continue;
    stderr.resume();
    const targets = (await (await fetch(`http://${place}/json/list`)).json()) as readonly Target[];
    return targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '';
  }
  throw new Error('Chromium did not start');
}

function commands(socket: WebSocket, complaints: string[]) {
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  socket.on('message', (text) => {
    const reply = replyOf(text);
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
    const complaint = complaintOf(reply);
    if (complaint !== undefined) complaints.push(complaint);
  });
  return async (method: string, params: object = {}) => {
    const id = ++last;
    const { result, error } = await new Promise<Reply>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
    waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
}

function replyOf(text: RawData): Reply {
  // Texts come in one piece, as a Buffer.
  return JSON.parse((text as Buffer).toString()) as Reply;
}

function complaintOf({ method, params }: Reply): string | undefined {
  if (method === 'Runtime.exceptionThrown') return params.exceptionDetails.exception?.description;
  if (method === 'Runtime.consoleAPICalled' && params.type === 'error') return JSON.stringify(params.args);
  if (method !== 'Log.entryAdded' || params.entry.level !== 'error') return undefined;
  return `${params.entry.text} ${params.entry.url ?? ''}`;
}

function nextEvent(socket: WebSocket, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    socket.on('message', function look(text: RawData) {
      if (replyOf(text).method !== wanted) return;
      socket.off('message', look);
      resolve();
    });
  });
}
