/** An error of the router itself; what a server answers is passed on as `pg` gives it. */
export class RouterError extends Error {
  override readonly name: string = 'RouterError';
  constructor(
    /** Stable and machine-readable, such as `ACQUIRE_TIMEOUT`. */
    readonly code: string,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** The text of whatever was thrown. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorText).join(', ');
  return error instanceof Error ? error.message : String(error);
}
