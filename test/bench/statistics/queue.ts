/**
 * A model of one database node: a queue for connections, first come first served, before processes that share the cores of
 * the machine evenly, and a CPU quota that stops all of them once it is used up, until the next period begins. That is
 * what the kernel's CFS bandwidth control does to a PostgreSQL server, without any of the rest.
 */
export interface NodeModel {
  /** Processes that run at once at full speed: the cores that a machine has for them. */
  cores: number;
  quotaMs: number;
  periodMs: number;
  connections: number;
}

/** Requests in the order of their due time. */
export interface Requests {
  dueMs: Float64Array;
  costMs: Float64Array;
}

/** What a node did. `cpuMs` and `busy` are by sample of `sampleMs` from time 0 on: CPU used, and connections in use at its end. */
export interface Served {
  answeredMs: Float64Array;
  cpuMs: Float64Array;
  busy: Float64Array;
  /** Periods that began by `endMs`, and in how many of them the quota was used up. */
  periods: number;
  throttledPeriods: number;
}

/** Plays requests on a node until all are answered. Samples end with `endMs`. */
export function serve(node: NodeModel, requests: Requests, sampleMs: number, endMs: number): Served {
  const { dueMs, costMs } = requests;
  const samples = Math.ceil(endMs / sampleMs);
  const served: Served = {
    answeredMs: new Float64Array(dueMs.length),
    cpuMs: new Float64Array(samples),
    busy: new Float64Array(samples),
    periods: 0,
    throttledPeriods: 0,
  };
  // Of each process in service: which request, and at how much service of all of them it will be done.
  const running: { request: number; until: number }[] = [];
  let [now, service, quota] = [0, 0, node.quotaMs];
  let [periodEnd, sample] = [node.periodMs, 0];
  let [arrived, begun, answered] = [0, 0, 0];
  while (answered < dueMs.length || now < endMs) {
    const share = running.length > 0 ? Math.min(1, node.cores / running.length) : 0;
    const speed = quota > 1e-9 ? share : 0;
    const used = speed * running.length;
    let first = 0;
    for (let i = 1; i < running.length; i++) if (running[i]!.until < running[first]!.until) first = i;
    const doneAt = speed > 0 ? now + (running[first]!.until - service) / speed : Number.POSITIVE_INFINITY;
    const emptyAt = used > 0 ? now + quota / used : Number.POSITIVE_INFINITY;
    const nextDue = arrived < dueMs.length ? dueMs[arrived]! : Number.POSITIVE_INFINITY;
    const sampleEnd = sample < samples ? (sample + 1) * sampleMs : Number.POSITIVE_INFINITY;
    const then = Math.max(now, Math.min(doneAt, emptyAt, nextDue, periodEnd, sampleEnd));
    if (sample < samples) served.cpuMs[sample]! += used * (then - now);
    service += speed * (then - now);
    quota -= used * (then - now);
    now = then;
    if (then === doneAt) {
      served.answeredMs[running[first]!.request] = now;
      running[first] = running[running.length - 1]!;
      running.pop();
      answered++;
    } else if (then === emptyAt) {
      quota = 0;
      if (now < endMs) served.throttledPeriods++;
    }
    if (then >= nextDue) arrived++;
    if (then >= periodEnd) {
      if (now <= endMs) served.periods++;
      quota = node.quotaMs;
      periodEnd += node.periodMs;
    }
    if (then >= sampleEnd) served.busy[sample++] = running.length;
    while (begun < arrived && running.length < node.connections) {
      running.push({ request: begun, until: service + costMs[begun]! });
      begun++;
    }
  }
  return served;
}
