/** What a client is told when its request failed: a status, and a sentence without SQL in it. */
export interface FailedAnswer {
  status: number;
  message: string;
}

/** SQLSTATEs that mean "not now": connection lost, too many of them, out of resources, shutting down, read-only. */
const UNAVAILABLE = /^(08|53|57P|25006)/;

/** SQLSTATEs that mean that the values can't be used: data exceptions and violated constraints. */
const BAD_INPUT = /^(22|23)/;

export function answerTo(error: unknown): FailedAnswer {
  const {
    code = '',
    validation,
    statusCode,
    message,
  } = error as {
    code?: string;
    validation?: unknown;
    statusCode?: number;
    message: string;
  };
  if (validation) return { status: 400, message };
  if (code === '23505') return { status: 409, message: 'An order with this reference was placed before.' };
  if (BAD_INPUT.test(code))
    return { status: 400, message: 'The request names something that does not exist.' };
  // What fastify itself refuses (malformed JSON, a body too large) has its own status.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return { status: statusCode, message };
  if (isUnavailable(error)) return { status: 503, message: 'The database cannot be reached. Try again.' };
  return { status: 500, message: 'The request failed.' };
}

function isUnavailable(error: unknown): boolean {
  const {
    code = '',
    name = '',
    message = '',
    syscall,
  } = error as Error & { code?: string; syscall?: string };
  return (
    UNAVAILABLE.test(code) ||
    syscall !== undefined || // the socket failed: ECONNREFUSED, ECONNRESET, ETIMEDOUT...
    /^E[A-Z]+$/.test(code) ||
    /Connection terminated|Connection ended|timeout/i.test(message) ||
    /Acquire|Unavailable/.test(name)
  );
}
