import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { epochMs } from '../../machine/pure.js';
import type { EndedEvents } from './ended-events.js';

/** Time between the last user's being ready and the schedule's zero: for the answer to reach all of them. */
const LEAD_MS = 100;

/** How it came to an end: whether a virtual user gave up what was left. */
export interface Completion {
  gaveUp: boolean;
}

/** What one virtual user says at its end. */
interface LastWords extends Completion {
  ended: EndedEvents;
}

/**
 * The driver's end of the line to k6: deals out the events, lets all users agree on the schedule's zero and hears what
 * has ended. A secret in the address keeps other users of this machine out.
 */
export async function openCollector(options: {
  /** A file of events for each virtual user. */
  parts: string[];
  /** Called when all users are ready: the schedule's zero in ms since the epoch. */
  onReady: (zeroEpochMs: number) => void;
  /** Called when the last result is in and before k6 is told so: it still runs. */
  onComplete: () => void;
  /** Called some ten times a second for each user, with what has ended since. */
  onEnded: (events: EndedEvents) => void;
}) {
  const users = options.parts.length;
  const secret = randomBytes(16).toString('hex');
  const gaveUp = new Map<number, boolean>();
  let complete!: (completion: Completion) => void;
  const completed = new Promise<Completion>((resolve) => {
    complete = resolve;
  });

  /** One arrival per user; each is answered when all are there. */
  const ready: { clockZeroEpochMs: number; answer: (zeroMs: number) => void }[] = [];
  function arrive(nowMs: number, answer: (zeroMs: number) => void): void {
    ready.push({ clockZeroEpochMs: epochMs() - nowMs, answer });
    if (ready.length < users) return;
    // All users read the same clock of k6's; the arrival that was fastest on its way tells best where its zero lies.
    const clockZeroEpochMs = Math.min(...ready.map((user) => user.clockZeroEpochMs));
    const zeroEpochMs = epochMs() + LEAD_MS;
    options.onReady(zeroEpochMs);
    for (const user of ready) user.answer(zeroEpochMs - clockZeroEpochMs);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, given, what, id] = (request.url ?? '').split('/');
    const user = Number(id);
    const part = options.parts[user - 1];
    if (given !== secret || part === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (what === 'events') {
      await pipeline(createReadStream(part), response);
      return;
    }
    const body = await json(request);
    if (what === 'ready') {
      arrive((body as { nowMs: number }).nowMs, (zeroMs) => response.end(JSON.stringify({ zeroMs })));
      return;
    }
    if (what === 'ended') options.onEnded(body as EndedEvents);
    if (what === 'result') {
      const last = body as LastWords;
      options.onEnded(last.ended);
      gaveUp.set(user, last.gaveUp);
      if (gaveUp.size === users) {
        options.onComplete();
        complete({ gaveUp: [...gaveUp.values()].includes(true) });
      }
    }
    response.writeHead(204).end();
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    /** Base URL for the scenario, on the loopback interface. */
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`,
    /** Resolves when every user is at its end. */
    completed,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
