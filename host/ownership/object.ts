import type { Os } from '../../native/os.js';
import { SELF } from '../../native/os.js';

/** Runs `action` with a descriptor of the very object: `fd` itself, or a reference to the name that is closed again. */
export function onObject(os: Os, fd: number, nameOff: number, action: (object: number) => number): number {
  if (nameOff === SELF) return action(fd);
  const object = os.openObject(fd, nameOff);
  if (object < 0) return object;
  try {
    return action(object);
  } finally {
    os.close(object);
  }
}
