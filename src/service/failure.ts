import type { FastifyError } from 'fastify';
import { RouterError } from '../router/index.js';

/**
 * SQLSTATEs that mean "not now": connection lost, cancelled by a standby's replay, deadlock, out of
 * resources, shutting down, not (or no longer) a primary.
 */
const UNAVAILABLE = /^(08...|40001|40P01|53...|57P..|25006)$/;

/** SQLSTATEs that mean that the values can't be used: data exceptions and violated constraints. */
const BAD_INPUT = /^2[23]...$/;

/** What Node and pg say when the connection broke or never was. */
const BROKEN = /^(E[A-Z]{3,}|ERR_SOCKET.*)$/;
const TERMINATED = /^(Connection terminated|Client has encountered a connection error|Client was closed)/;

/** What a client is told when its request failed: a status, and a sentence without SQL in it. */
export function answerTo(error: unknown): { status: number; message: string } {
  const failure = error as Partial<FastifyError>;
  const { code = '', message = '', statusCode } = failure;
  if (failure.validation) return { status: 400, message };
  // What fastify itself refuses (malformed JSON, a body too large) has its own status.
  if (code.startsWith('FST_') && statusCode && statusCode < 500) return { status: statusCode, message };
  if (code === '23505') return { status: 409, message: 'An order with this reference was placed before.' };
  if (BAD_INPUT.test(code)) {
    return { status: 400, message: 'The request names something that does not exist.' };
  }
  const noNode = error instanceof RouterError || BROKEN.test(code) || TERMINATED.test(message);
  if (noNode || UNAVAILABLE.test(code)) {
    return { status: 503, message: 'The database cannot be reached now. Try again.' };
  }
  return { status: 500, message: 'The request failed.' };
}
