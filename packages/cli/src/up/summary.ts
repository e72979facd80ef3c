import { accessSync, constants } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import type { UpFlags } from '../commands/serving.ts';
import type { Io } from '../io.ts';
import { coloursFor } from '../output/colours.ts';
import { shellWord } from '../output/shell-word.ts';
import { fields } from '../output/table.ts';
import { homeOf } from '../settings.ts';
import { BIN_PATH } from './node-process.ts';
import type { ServiceBoard } from './service-board.ts';

/** What runs, as it is told to who started it. */
export interface Started {
  readonly coordinator: string;
  readonly node: string;
  readonly infernet: string;
  readonly nodeId: string;
  readonly operatorKey: string;
  /** Where the books are kept. */
  readonly booksPlace: string;
  readonly home: string;
  readonly board: ServiceBoard;
}

/** The one page that a person reads when the network is up. */
export function summary(io: Io, flags: UpFlags, started: Started): string {
  const colours = coloursFor(io.stdout, io.env);
  const { coordinator, node, infernet, home, operatorKey, booksPlace, board } = started;
  const plexus = pasteable(io, home);
  const sections = [
    [
      colours.bold(colours.green('Plexus is running.')),
      fields([
        ['coordinator', coordinator],
        ['node', `${node}  (${started.nodeId})`],
        ['infernet', infernet],
        ['API docs', `${coordinator}/docs`],
        ['operator key', operatorKey],
        ['kept in', join(home, 'operator.key')],
        ['books', booksPlace],
      ]),
    ],
    [colours.bold('Services'), board.list(colours)],
    [colours.bold('Try it'), tries(coordinator, operatorKey, plexus).join('\n')],
    [colours.bold('Good to know'), notes(flags, board, plexus)],
  ] as const;
  return sections.map(([title, text]) => `${title}\n${indent(text)}\n`).join('\n');
}

function tries(url: string, key: string, plexus: string): string[] {
  const task = JSON.stringify({ task_type: 'echo', content: 'Hello world!', api_key: key });
  return [
    `curl -s ${url}/api/v1/request -H 'content-type: application/json' -d '${task}'`,
    `curl -s ${url}/api/v1/balance -H 'authorization: Bearer ${key}'`,
    `${plexus} run llm "The sea was"`,
    `${plexus} chat`,
  ];
}

function notes(flags: UpFlags, board: ServiceBoard, plexus: string): string {
  const openAi = `Clients of OpenAI's API: set OPENAI_BASE_URL to the coordinator's address with /v1, OPENAI_API_KEY to the key.`;
  return [...modelNotes(flags, board), openAi, `Ctrl-C stops everything. Something wrong? ${plexus} doctor`].join('\n');
}

function modelNotes({ model, upstream }: UpFlags, board: ServiceBoard): string[] {
  const own = upstream === undefined ? model && `llm is the model in ${model}.` : `llm is answered by ${upstream}.`;
  if (own !== undefined) return board.isReady('llm') ? [own] : [];
  return [
    'The built-in language model is tiny: it continues prose and answers no questions.',
    'For a real one start with --model FILE.gguf, or with --upstream http://127.0.0.1:11434/v1',
  ];
}

/** How this very program is called from a shell, with the home where it is not the usual one. */
function pasteable(io: Io, home: string): string {
  const program = isOnPath(io.env['PATH']) ? 'plexus' : `node ${quote(BIN_PATH)}`;
  // Another shell need not have this one's PLEXUS_HOME.
  const isUsual = home === homeOf({}, { HOME: io.env['HOME'] });
  return isUsual ? program : `PLEXUS_HOME=${quote(home)} ${program}`;
}

/** Of the shell that reads it: npm and npx put folders of their own on the path, which is gone with them. */
function isOnPath(path: string | undefined): boolean {
  const folders = (path ?? '').split(delimiter).filter((folder) => !folder.endsWith(join(sep, 'node_modules', '.bin')));
  return folders.some((folder) => {
    try {
      accessSync(join(folder, 'plexus'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** For a shell, as people write it. */
function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : shellWord(text);
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ');
}
