/** What must not stay behind when a test run is interrupted: undone synchronously at the latest when the process ends. */

const duties = new Set<() => void>();

function discharge(): void {
  for (const duty of [...duties].reverse()) {
    try {
      duty();
    } catch (error) {
      console.error(error);
    }
  }
  duties.clear();
}

let listening = false;

/** Registers the duty; the result forgets it, once it has been done in the ordinary way. */
export function atExit(duty: () => void): () => void {
  if (!listening) {
    listening = true;
    process.on('exit', discharge);
    // By default they would end the process without 'exit'.
    process.once('SIGINT', () => process.exit(130));
    process.once('SIGTERM', () => process.exit(143));
    process.once('SIGHUP', () => process.exit(129));
  }
  duties.add(duty);
  return () => duties.delete(duty);
}
