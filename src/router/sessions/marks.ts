import type { Health } from '../nodes/health.js';
import type { ServerNode } from '../nodes/node.js';
import type { Bound } from '../nodes/position.js';
import type { Lineage } from '../nodes/roles.js';

/** Where a statement was sent, as that was then. */
export interface Sent {
  readonly node: ServerNode;
  readonly onReplica: boolean;
  readonly epoch: number;
  readonly lineage: Lineage | undefined;
}

/** That a node answered a session, and when: all that it showed lies below any position that it is asked for later. */
export interface Mark {
  readonly node: ServerNode;
  /** Of the node and of the cluster, when the statement was sent. */
  readonly epoch: number;
  readonly lineage: Lineage;
  /** When it answered, on the clock of performance.now(). */
  readonly atMs: number;
  /** It may have been a commit that was answered before it was flushed. */
  readonly unflushed: boolean;
}

/** Whether the node can still say where it was: not after it may have gone back, nor after a promotion. */
export function isCurrent({ node, epoch }: Mark): boolean {
  return node.epoch === epoch;
}

/** What all that the node had shown lies below; undefined if it isn't known. */
export function boundOf(mark: Mark): Bound | undefined {
  return isCurrent(mark) ? logOf(mark).boundOf(mark.atMs) : undefined;
}

/** Asks the node for that if need be: it may still not be known then. */
export async function askBound(mark: Mark): Promise<void> {
  if (isCurrent(mark)) await logOf(mark).askBound(mark.atMs);
}

export function askSoon(mark: Mark): void {
  logOf(mark).askSoon();
}

function logOf({ node, unflushed }: Mark): ServerNode['positions'] {
  return unflushed ? node.insertPositions : node.positions;
}

/** ID, then .NODE.EPOCH.TIME for each, with ! if it may be unflushed. Base 36, the time in µs. */
const MARKS = /^([0-9a-z]{1,8})((?:\.[0-9a-z]{1,2}\.[0-9a-z]{1,8}\.[0-9a-z]{1,10}!?)+)$/;

/** Writes the marks of one router's nodes as text, and reads what it wrote. */
export class MarkText {
  /** Its clock and its nodes are its own: marks of another router say nothing here. */
  readonly #id = Math.floor(Math.random() * 36 ** 6).toString(36);

  constructor(readonly health: Health) {}

  /** @returns undefined where one of them is of another router's node */
  write(marks: Iterable<Mark>): string | undefined {
    let text = this.#id;
    for (const { node, epoch, atMs, unflushed } of marks) {
      const index = this.health.nodes.indexOf(node);
      if (index === -1) return undefined;
      // Rounded up: it may not count as older than it is.
      const parts = [index, epoch, Math.ceil(atMs * 1000)].map((part) => part.toString(36));
      text += `.${parts.join('.')}${unflushed ? '!' : ''}`;
    }
    return text;
  }

  /** @returns undefined for what this router can't have written */
  read(text: string): Mark[] | undefined {
    const { nodes, lineage } = this.health;
    const [, id, list] = MARKS.exec(text) ?? [];
    if (id !== this.#id || list === undefined || lineage === undefined) return undefined;
    const marks: Mark[] = [];
    for (const [, index, epoch, time, unflushed] of list.matchAll(/\.(\w+)\.(\w+)\.(\w+)(!?)/g)) {
      const node = nodes[Number.parseInt(index!, 36)];
      const atMs = Number.parseInt(time!, 36) / 1000;
      if (node === undefined || atMs > performance.now() + 1) return undefined;
      marks.push({ node, epoch: Number.parseInt(epoch!, 36), lineage, atMs, unflushed: unflushed === '!' });
    }
    return marks;
  }
}
