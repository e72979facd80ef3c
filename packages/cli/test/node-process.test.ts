/** What keeps the node of `plexus up` running, with processes that are nodes in name only. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { superviseNode } from '../src/up/node-process.ts';
import { Inbox } from './inbox.ts';
import { temporaryFolder } from './terminal.ts';

/** No system starts a program with it. */
const IMPOSSIBLE = ['\0'];
const { execPath } = process;

/** The environment in which `plexus` is a node that joins and ends at once. */
function shortLived(): NodeJS.ProcessEnv {
  const file = join(temporaryFolder(), 'short-lived.mjs');
  writeFileSync(file, "await new Promise((sent) => process.send({ type: 'connected' }, sent));\nprocess.exit(7);\n");
  return { ...process.env, NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
}

/** From now on the system says of every new program, when it is to start it, that there is none. */
function breakSystem(): void {
  process.execPath = '/nonexistent/node';
}
const mendSystem = (): void => void (process.execPath = execPath);

function supervise(args: () => readonly string[] = () => []) {
  const [joined, troubles] = [new Inbox<string>(), new Inbox<string>()];
  const node = superviseNode({
    args,
    env: shortLived(),
    onMessage: ({ type }) => joined.put(type),
    onTrouble: (text) => troubles.put(text),
  });
  onTestFinished(async () => {
    mendSystem();
    await node.stop();
  });
  return { node, joined, troubles };
}

it('says why the node cannot be started', async () => {
  await expect(supervise(() => IMPOSSIBLE).node.ready).rejects.toThrow(/^The node could not start: .*null bytes/);
  breakSystem();
  await expect(supervise().node.ready).rejects.toThrow('The node could not start: spawn /nonexistent/node ENOENT');
});

it('tries again when a node that has ended cannot be started at once', async () => {
  const lives = [[], IMPOSSIBLE];
  const { node, joined, troubles } = supervise(() => lives.shift() ?? []);
  await node.ready;
  expect(await joined.next()).toBe('connected');
  expect(await troubles.next()).toContain('The node has ended (exit code 7)');
  expect(await troubles.next()).toMatch(/The node has ended \(.*null bytes/);
  expect(await joined.next()).toBe('connected');
});

it('tries again when the system refuses to start a program', async () => {
  const { node, joined, troubles } = supervise();
  await node.ready;
  expect(await joined.next()).toBe('connected');
  breakSystem();
  expect(await troubles.next()).toContain('The node has ended (exit code 7)');
  expect(await troubles.next()).toContain('The node has ended (spawn /nonexistent/node ENOENT)');
  mendSystem();
  expect(await joined.next()).toBe('connected');
});
