export type CheckStatus = 'ok' | 'warn' | 'fail';

/** One line of `plexus doctor`. */
export interface DoctorCheck {
  readonly name: string;
  readonly status: CheckStatus;
  readonly detail: string;
  /** The one command that mends it. */
  readonly remedy?: string;
}

/** A check of one thing; what it throws is a failure of its own. */
export interface Examination {
  readonly name: string;
  readonly run: () => Promise<Omit<DoctorCheck, 'name'>>;
}

export function good(detail: string): Omit<DoctorCheck, 'name'> {
  return { status: 'ok', detail };
}

export function warning(detail: string, remedy?: string): Omit<DoctorCheck, 'name'> {
  return { status: 'warn', detail, ...(remedy !== undefined && { remedy }) };
}

export function bad(detail: string, remedy?: string): Omit<DoctorCheck, 'name'> {
  return { status: 'fail', detail, ...(remedy !== undefined && { remedy }) };
}

export async function examine({ name, run }: Examination): Promise<DoctorCheck> {
  try {
    return { name, ...(await run()) };
  } catch (error) {
    return { name, ...bad(error instanceof Error ? error.message : String(error)) };
  }
}
