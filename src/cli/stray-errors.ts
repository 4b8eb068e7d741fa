/** How long what was started may take to stop, before the bench ends without it: the next one tidies up. */
const PATIENCE_MS = 15_000;

/**
 * Errors that nobody awaits (of a stream without a listener, of a promise that was left alone) end the command as those
 * that it awaits do: what was started is stopped, and the first of them is what went wrong.
 * @param stop is told of it
 * @param giveUp ends the process, where that takes too long
 */
export function watchStrayErrors(
  stop: (error: unknown) => void,
  giveUp: (error: unknown) => void,
): { readonly first: { error: unknown } | null } & Disposable {
  let first: { error: unknown } | null = null;
  let timer: NodeJS.Timeout | undefined;
  // Rejections that nobody handles come here, too.
  const note = (error: unknown) => {
    if (first) return;
    first = { error };
    timer = setTimeout(giveUp, PATIENCE_MS, error);
    stop(error);
  };
  process.on('uncaughtException', note);
  return {
    get first() {
      return first;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      process.off('uncaughtException', note);
    },
  };
}
