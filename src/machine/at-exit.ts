const pending = new Set<() => void>();

process.on('exit', () => {
  for (const undo of pending) undo();
});

/**
 * Has something undone that must not outlast the process: when it is disposed of, or else as the process exits, however that
 * comes (a kill that it can't hear apart).
 * @param undo is called once and has no time to wait for anything. What it throws is dropped: how the work itself went says more
 */
export function atExit(undo: () => void): Disposable {
  const once = () => {
    if (!pending.delete(once)) return;
    try {
      undo();
    } catch {
      // The rest is undone all the same.
    }
  };
  pending.add(once);
  return { [Symbol.dispose]: once };
}
