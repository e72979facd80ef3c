import { detectSandbox, type SandboxDetection } from './detect-sandbox.ts';

/** One sandbox for all runners of a process: it is tried once, and given back when the last of them has closed. */
export interface SandboxSource {
  /** Never throws. What it hands out is closed like a sandbox of one's own. */
  open(): Promise<SandboxDetection>;
}

export function createSandboxSource(detect = detectSandbox): SandboxSource {
  let found: Promise<SandboxDetection> | undefined;
  let users = 0;

  async function release(): Promise<void> {
    users -= 1;
    if (users > 0) return;
    const last = await found;
    found = undefined;
    if (last?.available) await last.sandbox.close();
  }

  return {
    async open() {
      users += 1;
      // Nobody's own signal: who comes later still wants it when the first one does not any more.
      found ??= detect(new AbortController().signal);
      const detection = await found;
      if (!detection.available) {
        users -= 1;
        if (users === 0) found = undefined;
        return detection;
      }
      let isOpen = true;
      const close = async (): Promise<void> => {
        if (!isOpen) return;
        isOpen = false;
        await release();
      };
      return { available: true, sandbox: { ...detection.sandbox, close } };
    },
  };
}
