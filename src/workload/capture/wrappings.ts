import { cloudLogging } from './cloud-logging.js';
import { containerLines } from './container-lines.js';
import { dockerLines } from './docker-lines.js';
import type { LineReader, LogLine } from './line-reader.js';
import { syslog } from './syslog.js';
import type { Wrapping } from './wrapping.js';

/** Those that are known, in the order in which they are tried: a line of a syslog may look like one of a container, too. */
const WRAPPINGS: readonly Wrapping[] = [syslog, containerLines, dockerLines, cloudLogging];

/** One may be in another. */
const DEEPEST = 3;

/** What opens the wrappings of a file, however many are in each other. */
export interface Opener {
  /** The first lines of the file, as the server wrote them. */
  sample: readonly LogLine[];
  /** @param reader takes the lines that the server wrote */
  open(reader: LineReader): LineReader;
}

/**
 * Finds out how the lines of a file are wrapped: in the way that more than half of them are.
 * @param sample its first lines
 */
export function openerFor(sample: readonly LogLine[], depth = 0): Opener {
  const texts = sample.map(({ text }) => text).filter((text) => text !== '');
  const wrapping = WRAPPINGS.find(({ holds }) => texts.filter(holds).length > texts.length / 2);
  if (!wrapping || depth === DEEPEST) return { sample, open: (reader) => reader };
  const inner: LogLine[] = [];
  const unwrapper = wrapping.unwrapper({ read: (line) => inner.push(line), lost() {}, end() {} }, sample);
  for (const line of sample) unwrapper.read(line);
  unwrapper.end();
  const rest = openerFor(inner, depth + 1);
  return { sample: rest.sample, open: (reader) => wrapping.unwrapper(rest.open(reader), sample) };
}
