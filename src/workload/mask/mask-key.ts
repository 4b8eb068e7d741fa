import { readFile } from 'node:fs/promises';
import { BenchError, messageOf } from '../../machine/pure.js';

const KEY_VARIABLE = 'BENCH_MASK_KEY';
/** Whoever has masked data may try keys on them: one that can be guessed hides nothing. */
const LEAST_LENGTH = 16;

/**
 * The key that data are masked with: from a file, or else from the environment, where other users don't see it as they
 * do a command's arguments.
 * @throws BenchError OPTION_INVALID where there is none, or it is too short
 */
export async function readMaskKey(file: string | undefined): Promise<string> {
  const key = (file === undefined ? (process.env[KEY_VARIABLE] ?? '') : await contentOf(file)).trim();
  if (key.length >= LEAST_LENGTH) return key;
  const where = file ?? KEY_VARIABLE;
  throw new BenchError(
    'OPTION_INVALID',
    key === '' && file === undefined
      ? `--mask needs a key: name a file that holds one with --mask-key, or set ${KEY_VARIABLE} ("openssl rand -hex 32" makes one).`
      : `The key in ${where} is shorter than ${LEAST_LENGTH} characters: make one with "openssl rand -hex 32".`,
  );
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new BenchError(
      'OPTION_INVALID',
      `Cannot read the key of --mask-key ${file}: ${messageOf(cause)}.`,
      { cause },
    );
  }
}
