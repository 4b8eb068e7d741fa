import { otherProgramsNow } from '../run/index.js';
import { sayAside } from './output.js';

/** Long enough to see a program that is at work, and too short to be waited for. */
const LOOK_MS = 300;

/** Looks at the machine while something is read, and says that others are at work on it before minutes are spent. */
export async function warnIfBusy<T>(reading: Promise<T>): Promise<T> {
  const looking = otherProgramsNow(LOOK_MS);
  const read = await reading;
  const others = await looking;
  if (others?.tooMuch) sayAside(`note: ${others.words}.`);
  return read;
}
