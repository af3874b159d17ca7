/** Ending a VM in steps, each with its time: asked nicely, then the power button, then by force. */

export interface StopStep {
  /** for progress and logs, completes "…: " */
  readonly name: string;
  /** how long the VM may take after it, ms */
  readonly patience: number;
  /** Rejecting means that this way is not open; the next one is tried at once. */
  act(): Promise<void>;
}

/** @returns the name of the step that did it; undefined if none did */
export async function stopInSteps(
  steps: readonly StopStep[],
  ended: Promise<unknown>,
  tell: (step: string) => void,
): Promise<string | undefined> {
  for (const { name, patience, act } of steps) {
    tell(name);
    try {
      // An act that never settles must not outlast its patience either; one that fails is not waited for.
      const failed = new Promise<never>((_, reject) => act().catch(reject));
      if (await Promise.race([within(patience, ended), failed])) return name;
    } catch (error) {
      tell(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return undefined;
}

/** Whether it settles in time. */
async function within(patience: number, ended: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patience);
  });
  try {
    return await Promise.race([ended.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
