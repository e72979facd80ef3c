/** The coordinator is asked for its metrics for so long; then this node shows its own alone. */
const TIMEOUT_MS = 3000;

/** Lines that speak of the fleet. */
const FLEET = /^(?:# (?:HELP|TYPE) )?cocoon_/;

/** Reads the coordinator's metrics of the fleet; nothing while it is out of reach. */
export async function readFleetMetrics(coordinatorUrl: string): Promise<string> {
  try {
    const answer = await fetch(`${coordinatorUrl}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) return '';
    const lines = (await answer.text()).split('\n').filter((line) => FLEET.test(line));
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  } catch {
    return '';
  }
}
