import type { Colours } from '../output/colours.ts';
import { fields, type Cell } from '../output/table.ts';
import type { NodeMessage, ServiceReport } from './node-messages.ts';

/** What `plexus up` starts without being told; anything else a node reports is added. */
const EXPECTED = ['echo', 'translate', 'llm'];

/** What the node has said of its services so far. */
export interface ServiceBoard {
  take(message: NodeMessage): void;
  /** Resolves once nothing that is expected is still getting ready. */
  readonly settled: Promise<void>;
  isReady(id: string): boolean;
  list(colours: Colours): string;
  /** From now on, every service whose state changes is told in a line. */
  onChange(colours: Colours, say: (line: string) => void): void;
}

export function createServiceBoard(): ServiceBoard {
  const reports = new Map<string, ServiceReport>();
  let tell: (id: string) => void = () => undefined;
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });

  function row(id: string, colours: Colours): readonly [string, Cell] {
    return [id, stateCell(reports.get(id), colours)];
  }

  return {
    settled,
    take(message) {
      if (message.type !== 'services') return;
      for (const report of message.services) {
        const before = reports.get(report.id);
        reports.set(report.id, report);
        if (stateText(before) !== stateText(report)) tell(report.id);
      }
      if (EXPECTED.every((id) => isSettled(reports.get(id)))) settle();
    },
    isReady: (id) => reports.get(id)?.available === true,
    list(colours) {
      const ids = new Set([...EXPECTED, ...reports.keys()]);
      return fields([...ids].map((id) => row(id, colours)));
    },
    onChange(colours, say) {
      tell = (id) => say(fields([row(id, colours)]));
    },
  };
}

/** Only what has been looked for and not found has a remedy. */
function isSettled(report: ServiceReport | undefined): boolean {
  return report?.available === true || report?.remedy !== undefined;
}

function stateCell(report: ServiceReport | undefined, colours: Colours): Cell {
  return { text: stateText(report), paint: painter(report, colours) };
}

function stateText(report: ServiceReport | undefined): string {
  if (report?.available) return 'ready';
  if (!isSettled(report)) return 'getting ready; a line below will say when it is';
  return `not offered: ${report?.reason ?? 'it was not found'}; to mend it: ${report?.remedy}`;
}

function painter(report: ServiceReport | undefined, colours: Colours): (text: string) => string {
  if (report?.available) return colours.green;
  return isSettled(report) ? colours.yellow : colours.dim;
}
