/** For a connection, or a long answer, before anything is measured: a machine that others use may take its time. */
export const AT_FIRST_MS = 10_000;
/** For whatever is asked later: a server that hangs must hold up neither what is asked of others nor the watching's end. */
export const PATIENCE_MS = 2000;
