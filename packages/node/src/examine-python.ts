import { createSandboxSource, openPython, PythonUnavailable } from '@plexus/runners';

/** Whether this machine could run clients' Python programs. */
export type PythonExamination =
  | { readonly available: true; readonly detail: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string };

/** Makes the sandbox, tries it, and looks what Python has in it. */
export async function examinePython(signal: AbortSignal): Promise<PythonExamination> {
  try {
    const runner = await openPython({ sandbox: createSandboxSource(), signal, onProgress: () => undefined });
    await runner.close();
    const { concurrency, features = [] } = runner;
    return {
      available: true,
      detail: `the sandbox isolates; ${features.length} packages, ${concurrency} at once (off unless --allow python)`,
    };
  } catch (error) {
    if (!(error instanceof PythonUnavailable)) throw error;
    return { available: false, reason: error.message, remedy: error.remedy };
  }
}
