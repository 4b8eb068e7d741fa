/** How a cluster ends: once, whoever asks, and all wait for the same end. */
export interface TakeDown {
  (): Promise<void>;
  /** From here on an abort brings it about as well: whoever waits for a server that hangs need not be waited for. */
  alsoOnAbort(): void;
}

/** @param takeDown ends everything that was started, in whatever state it is */
export function takeDownOnce(signal: AbortSignal, takeDown: () => Promise<void>): TakeDown {
  let end: Promise<void> | undefined;
  const onAbort = () => void once().catch(() => {});
  const once = () => {
    signal.removeEventListener('abort', onAbort);
    end ??= takeDown();
    return end;
  };
  return Object.assign(once, {
    alsoOnAbort() {
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort);
    },
  });
}
