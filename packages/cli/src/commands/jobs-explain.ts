import type { Io } from '../io.ts';
import type { Colours } from '../output/colours.ts';
import { paintState } from '../output/state.ts';
import { type Cell, fields, table } from '../output/table.ts';
import { shortTime } from '../output/text.ts';
import { openSession, type Session, type SessionFlags } from '../session.ts';

type Explanation = Awaited<ReturnType<Session['plexus']['network']['explainJob']>>;
type Decision = Explanation['decisions'][number];
type Candidate = Decision['considered'][number];

export async function explain(io: Io, id: string, flags: SessionFlags): Promise<void> {
  const session = await openSession(io, flags);
  const explanation = await session.plexus.network.explainJob({ params: { job_id: id } }, { signal: io.signal });
  session.show(explanation, () => explanationText(explanation, session.colours));
}

function explanationText(explanation: Explanation, colours: Colours): string {
  const head = fields([
    ['job', explanation.job_id],
    ['state', paintState(explanation.state, colours)],
    ['reason', explanation.reason ?? '-'],
  ]);
  if (explanation.decisions.length === 0) return `${head}\nNo node has been looked for yet.\n`;
  return `${head}\n${explanation.decisions.map((decision) => decisionText(decision, colours)).join('\n')}`;
}

function decisionText(decision: Decision, colours: Colours): string {
  const { at, chosen, considered, not_considered: more, unfit } = decision;
  const rows = considered.map((candidate) => [
    nodeCell(candidate, chosen, colours),
    candidate.score === null ? '-' : candidate.score.toFixed(3),
    candidate.ruled_out ?? partsText(candidate),
  ]);
  const columns = [{ title: 'node' }, { title: 'score', align: 'right' as const }, { title: 'why' }];
  const answer = chosen === null ? 'no node was fit' : `chose ${chosen}`;
  const others = more === 0 ? '' : `and ${more} more nodes that were not scored\n`;
  const rest = unfit.map((why) => `${why}\n`).join('') + others;
  return `${fields([[`${shortTime(at)} UTC`, answer]])}${rows.length === 0 ? '' : table(columns, rows)}${rest}`;
}

function nodeCell({ node_id }: Candidate, chosen: string | null, colours: Colours): Cell {
  return node_id === chosen ? { text: node_id, paint: colours.green } : { text: node_id };
}

function partsText({ parts }: Candidate): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${Number(value.toFixed(3))}`)
    .join(', ');
}
