/** What keeps the node of `plexus up` running, with processes that are nodes in name only. */
import { existsSync, writeFileSync } from 'node:fs';
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

/** The environment in which `plexus` is a node that says something, joins the network that it is told, and ends at once. */
function obedient(words = 'network'): NodeJS.ProcessEnv {
  const file = join(temporaryFolder(), 'obedient.mjs');
  const program = `
    import { readFileSync } from 'node:fs';
    const network = await new Promise((told) => process.on('message', (message) => told(message)));
    await new Promise((sent) => process.send({ type: 'progress', text: JSON.stringify(${words}) }, sent));
    await new Promise((sent) => process.send({ type: 'connected' }, sent));
    process.exit(7);`;
  writeFileSync(file, program);
  return { ...process.env, NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
}

/** From now on the system says of every new program, when it is to start it, that there is none. */
function breakSystem(): void {
  process.execPath = '/nonexistent/node';
}
const mendSystem = (): void => void (process.execPath = execPath);

function supervise(args: () => readonly string[] = () => [], env = shortLived()) {
  const [joined, troubles] = [new Inbox<string>(), new Inbox<string>()];
  const node = superviseNode({
    args,
    env,
    onMessage: (message) => joined.put(message.type === 'progress' ? message.text : message.type),
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

it.skipIf(!existsSync('/proc/self/stat'))('keeps a terminal’s Ctrl-C from the node and from what it runs', async () => {
  const { node, joined } = supervise(
    () => [],
    obedient("readFileSync('/proc/self/stat', 'utf8').split(' ')[4] - process.pid"),
  );
  node.join({ coordinatorUrl: 'http://127.0.0.1:1', token: 'gn_1' });
  // The group is the node's own.
  expect(await joined.next()).toBe('0');
});

it('tells each life of the node which network it belongs to', async () => {
  const { node, joined } = supervise(() => [], obedient());
  node.join({ coordinatorUrl: 'http://127.0.0.1:1', token: 'gn_1' });
  const told = '{"type":"network","coordinatorUrl":"http://127.0.0.1:1","token":"gn_1"}';
  for (const said of [told, 'connected', told, 'connected']) expect(await joined.next()).toBe(said);
});
