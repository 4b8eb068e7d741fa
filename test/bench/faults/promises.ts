import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../../src/machine/entry.js';
import { messageOf } from '../../../src/machine/pure.js';
import { readRun } from '../../../src/record/run-file.js';
import { groupsNaming } from '../../cluster/support.js';
import { type Ground, kill, type Process, processesOf } from './ground.js';

/** How a bench may end: with an exit code, or by a signal. */
export type Exit = number | NodeJS.Signals;

/** Something that goes wrong, and what a bench does then. One row of a table. */
export interface Fault {
  name: string;
  /** Why it can't be tried here. */
  lacking?: string | false;
  args: readonly string[];
  /** What is about the command. */
  around?(ground: Ground): Around;
  /** Does the harm to a bench at work; false if that was over before. */
  harm?(bench: Bench): Promise<boolean>;
  exits: readonly Exit[];
  /** What is said, as its sentence or beside its result. */
  says?: RegExp;
  /** The harm may come too late: then the bench has ended as ever, with one of these. */
  mayMiss?: readonly number[];
  /** It was ended too suddenly to tidy up: what is left, the next bench ends. */
  leaves?: true;
  /** It has to have ended whatever a bench before it left. */
  tidies?: true;
  /** How long it may take to end after the harm, or from the start where there is none. */
  withinS?: number;
  /** What else has to hold, as the words for what doesn't. */
  check?(outcome: Outcome): string[];
}

/** What of a command isn't as ever. */
export interface Around {
  /** Where it is run; else in the ground's folder. */
  folder?: string;
  env?: NodeJS.ProcessEnv;
  /** What it is started by: `sh -c 'umask 077; exec "$@"' sh`. */
  launcher?: readonly string[];
  args?: readonly string[];
  /** Where its results go, if not to that folder. */
  made?: string;
  undo?(): void;
}

/** A bench at work. */
export interface Bench {
  readonly pid: number;
  readonly around: Around;
  readonly hasEnded: boolean;
  /** Until a line on stderr matches; false if it ends without one. */
  said(words: RegExp): Promise<boolean>;
  /** Itself and all that it started. */
  processes(): Process[];
}

export interface Outcome {
  exit: Exit;
  stdout: string;
  stderr: string;
  seconds: number;
  /** Where it was run. */
  folder: string;
}

/** A fault that was tried: how the bench ended, and which promises it broke. */
export interface Trial extends Outcome {
  broken: string[];
}

/** What a bench says that was interrupted. */
const NOTICED = /interrupted|stopped/i;

const WITHIN_S = 120;
/** Preparing a data set and finding a rate come before the harm. */
const HARMED_WITHIN_MS = 300_000;
/** A process that has been killed takes a moment to be gone. */
const GONE_WITHIN_MS = 1_000;

/**
 * Tries a fault, and looks whether what is promised holds: the exit code and one sentence, nothing left running or lying
 * about, no file in part under its final name, and what was there before as it was.
 */
export async function tryFault(ground: Ground, fault: Fault): Promise<Trial> {
  const around = fault.around?.(ground) ?? {};
  try {
    const folder = around.folder ?? ground.folder;
    const env: NodeJS.ProcessEnv = around.env ?? {};
    const { BENCH_CACHE: cache = ground.cache, TMPDIR: temp = ground.temp } = env;
    const place = { ...ground, cache, folder };
    const kept = join(ground.cache, 'kept');
    const results = [folder, kept, ...(around.made === undefined ? [] : [around.made])];
    const look = () => new Map([...fingerprints([ground.folder, ...results]), ...madeOnce(ground.cache)]);
    const before = look();
    const drafts = fault.tidies ? [] : draftsIn([...results, temp]);
    const remains = fault.tidies ? [] : remainsOf(place, []);
    const { outcome, tooLate, runs, seconds } = await play(place, fault, around);
    const missed = tooLate && !NOTICED.test(outcome.stderr) ? fault.mayMiss : undefined;
    await gone(place, remains);
    const after = look();
    const written = [...after.keys()].filter((file) => before.get(file) !== after.get(file));
    const inPart = await Promise.all(written.map(partialFile));
    const broken = [
      ...(tooLate && !fault.mayMiss ? ['the harm was never done'] : []),
      ...wrongEnd(outcome, missed || fault.exits, missed ? undefined : fault.says),
      ...wrongWords(outcome),
      ...(seconds > (fault.withinS ?? WITHIN_S) ? [`it took ${seconds.toFixed(0)} s to end`] : []),
      ...(fault.leaves ? [] : remainsOf(place, runs).filter((left) => !remains.includes(left))),
      ...(fault.leaves ? [] : draftsIn([...results, temp]).filter((draft) => !drafts.includes(draft))),
      ...inPart.flat(),
      ...changes(before, after),
      ...(fault.check?.(outcome) ?? []),
    ];
    return { ...outcome, broken };
  } finally {
    around.undo?.();
  }
}

async function play(
  place: Ground,
  { args, harm, withinS = WITHIN_S }: Fault,
  around: Around,
): Promise<{ outcome: Outcome; tooLate: boolean; runs: string[]; seconds: number }> {
  const { launcher = [] } = around;
  const [program, ...rest] = [
    ...launcher,
    process.execPath,
    join(packageRoot, 'bin/bench.js'),
    ...args,
    ...(around.args ?? []),
  ];
  const child = spawn(program!, rest, {
    cwd: place.folder,
    env: { ...place.env, ...around.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const startedMs = performance.now();
  const { said, ended, output } = listen(child);
  const runs = new Set<string>();
  const note = setInterval(() => {
    for (const name of runFolders(place.cache)) runs.add(name);
  }, 100);
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  // Far too late, it is ended so that the others can be tried.
  const endIt = () => kill(child.pid!, 'SIGKILL');
  let overdue = setTimeout(endIt, HARMED_WITHIN_MS);
  const done = await harm?.({
    pid: child.pid!,
    around,
    get hasEnded() {
      return hasEnded;
    },
    said,
    processes: () => processesOf(place),
  });
  const harmedMs = harm ? performance.now() : startedMs;
  clearTimeout(overdue);
  overdue = setTimeout(endIt, (withinS + 60) * 1000);
  const exit = await ended;
  clearTimeout(overdue);
  clearInterval(note);
  const nowMs = performance.now();
  return {
    outcome: { exit, ...output, seconds: (nowMs - startedMs) / 1000, folder: place.folder },
    tooLate: done === false,
    runs: [...runs],
    seconds: (nowMs - harmedMs) / 1000,
  };
}

function listen(child: ChildProcess) {
  const output = { stdout: '', stderr: '' };
  const waiting: { words: RegExp; tell(found: boolean): void }[] = [];
  const look = (isOver: boolean) => {
    for (const [index, { words, tell }] of [...waiting.entries()].reverse()) {
      const found = output.stderr.split('\n').some((line) => words.test(line));
      if (!found && !isOver) continue;
      waiting.splice(index, 1);
      tell(found);
    }
  };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      look(false);
    });
  }
  const ended = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      look(true);
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  const said = (words: RegExp) =>
    new Promise<boolean>((tell) => {
      if (child.exitCode !== null || child.signalCode !== null) return tell(false);
      waiting.push({ words, tell });
      look(false);
    });
  return { output, ended, said };
}

function wrongEnd(
  { exit, stderr, stdout }: Outcome,
  exits: readonly Exit[],
  says: RegExp | undefined,
): string[] {
  const words = stderr.trim().split('\n').at(-1);
  return [
    ...(exits.includes(exit) ? [] : [`it ended with ${exit} instead of ${exits.join(' or ')}: ${words}`]),
    ...(says && !says.test(stderr + stdout) ? [`it did not say ${says}, but: ${words}`] : []),
  ];
}

/** What only a program that didn't foresee this says. */
const UNFORESEEN = [
  /unexpected error|node:internal|unhandled|heap out of memory|MaxListeners/i,
  /^\s+at .+:\d+:\d+\)?$|\b\w*Error: /,
];

/** One sentence where it went wrong, none where it didn't, and never a stack. */
function wrongWords({ exit, stderr, stdout }: Outcome): string[] {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const sentences = lines.filter((line) => /^bench: /.test(line));
  const unforeseen = lines.find((line) => UNFORESEEN.some((words) => words.test(line)));
  const wrong: string[] = [];
  if (unforeseen !== undefined) wrong.push(`it said: ${unforeseen}`);
  if (/\b(undefined|NaN)\b/.test(stdout)) wrong.push('it printed undefined or NaN');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for
  if (/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(stderr + stdout)) {
    wrong.push('control characters or marks reached the terminal');
  }
  if (exit === 2 || exit === 4) {
    if (sentences.length !== 1) wrong.push(`it said ${sentences.length} sentences`);
    else if (lines.at(-1) !== sentences[0]) wrong.push(`its sentence goes on: ${lines.at(-1)}`);
    else if (!/[.?!)…] \[[A-Z0-9_]+\]$/.test(sentences[0]!))
      wrong.push(`no whole sentence with its code: ${sentences[0]}`);
  } else if (exit === 130) {
    if (!NOTICED.test(stderr)) wrong.push('it did not say that it was interrupted');
  } else if (exit === 3 ? sentences.length > 1 : sentences.length > 0)
    wrong.push(`it ended with ${exit}, and said: ${sentences[0]}`);
  return wrong;
}

/** Servers, services, generators, their data and control groups. @param runs names of folders that runs had */
function remainsOf(place: Ground, runs: readonly string[]): string[] {
  const groups = runs.length > 0 ? groupsNaming('splitbench-') : [];
  return [
    ...processesOf(place).map(({ pid, command }) => `process ${pid} is left: ${command.slice(0, 100)}`),
    ...runFolders(place.cache).map((name) => `the run folder ${name} is left`),
    ...groups
      .filter((group) => runs.some((run) => basename(group).startsWith(run)))
      .map((group) => `the control group ${group} is left`),
  ];
}

function runFolders(cache: string): string[] {
  const runs = join(cache, 'runs');
  return existsSync(runs) ? readdirSync(runs).filter((name) => !name.startsWith('.')) : [];
}

async function gone(place: Ground, before: readonly string[]): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (performance.now() < deadline) {
    if (remainsOf(place, []).every((left) => before.includes(left))) return;
    await sleep(50);
  }
}

function filesIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What says that a bench is at work in a folder. */
const IN_USE = /\.in-use-|\/in-use\//;
/** What is only there while something is made. */
const DRAFT = new RegExp(`${IN_USE.source}|\\.tmp$|\\.partial|\\.spill|\\.bench-config-|splitbench-k6-`);

function draftsIn(folders: readonly string[]): string[] {
  return folders
    .flatMap(filesIn)
    .filter((file) => DRAFT.test(file))
    .map((file) => `${file} is left`);
}

/** A file under a final name that isn't whole. */
async function partialFile(file: string): Promise<string[]> {
  if (basename(file) === 'run.json') {
    return readRun(file).then(
      () => [],
      (error) => [messageOf(error)],
    );
  }
  const isJson = /^(trials|compare|plan)\.json$/.test(basename(file));
  if (!isJson && !file.endsWith('.trace')) return [];
  const text = readFileSync(file, 'utf8');
  try {
    if (!isJson && !text.endsWith('\n')) throw new Error('cut');
    for (const part of isJson ? [text] : text.trimEnd().split('\n')) JSON.parse(part);
    return [];
  } catch {
    return [`${file} is there in part`];
  }
}

type Fingerprints = ReadonlyMap<string, string>;

function fingerprints(folders: readonly string[]): Fingerprints {
  return new Map(
    folders
      .flatMap(filesIn)
      .filter((file) => !IN_USE.test(file) && statSync(file).size < 64e6)
      .map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );
}

/** What of a cache stays: of what is made once the name is looked at, for it is large. */
function madeOnce(cache: string): Fingerprints {
  const homes = ['binaries', 'templates'].map((name) => join(cache, name)).filter((home) => existsSync(home));
  return new Map(homes.flatMap((home) => readdirSync(home).map((name) => [join(home, name), 'there'])));
}

function changes(before: Fingerprints, after: Fingerprints): string[] {
  return [...before].flatMap(([file, sha256]) => {
    if (after.get(file) === sha256) return [];
    return [after.has(file) ? `${file} was changed` : `${file} is gone`];
  });
}
