/** Why a request failed, in the words that the player uses for the same. @param errorCode k6's own, where no answer came */
export function failureOf(status: number, errorCode: number): string {
  if (status > 0) return `HTTP ${status}`;
  if (errorCode === 1050) return 'timeout';
  if (errorCode === 1212) return 'ECONNREFUSED';
  if (errorCode === 1220) return 'ECONNRESET';
  return `k6 error ${errorCode}`;
}
