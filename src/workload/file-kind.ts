/** What a file is, in words, and what to do with it: `a trace`, `play it with …`. */
export interface FileKind {
  is: string;
  cure: string;
}

const UNPACK = 'unpack it first';
const SNAPSHOT = 'give it to "bench run" with --snapshot';

/** How files begin, by the bytes as latin1. */
const KINDS: [string | RegExp, FileKind][] = [
  ['{"schema":"splitbench.trace/', { is: 'a trace already', cure: 'play it with "bench run --workload"' }],
  ['PGDMP', { is: 'a dump of pg_dump in its custom format', cure: SNAPSHOT }],
  [/^(?:\s|--)*PostgreSQL database dump/, { is: 'a dump of pg_dump in SQL', cure: SNAPSHOT }],
  [
    /^(?:\s|--)*PostgreSQL database cluster dump/,
    { is: 'a dump of pg_dumpall', cure: 'give it to "bench run" with --globals' },
  ],
  ['\x1f\x8b', { is: 'compressed with gzip', cure: UNPACK }],
  [/^BZh[1-9]/, { is: 'compressed with bzip2', cure: UNPACK }],
  ['\x28\xb5\x2f\xfd', { is: 'compressed with Zstandard', cure: UNPACK }],
  ['\xfd7zXZ', { is: 'compressed with xz', cure: UNPACK }],
  ['PK\x03\x04', { is: 'a zip archive', cure: UNPACK }],
  [/^.{257}ustar/s, { is: 'a tar archive', cure: UNPACK }],
];

/**
 * What a file is by its beginning, if it is one that is taken for a log or a trace now and then.
 * @param start up to 64 KiB, as latin1
 */
export function kindOfFile(start: string): FileKind | undefined {
  return KINDS.find(([sign]) => (typeof sign === 'string' ? start.startsWith(sign) : sign.test(start)))?.[1];
}
