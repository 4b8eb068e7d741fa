/** What the k6 scenario is told, as JSON in the environment variable {@link JOB_VARIABLE}. */
export interface ScenarioJob {
  /** Base URL of the service under test. */
  target: string;
  /** Base URL of the driver's collector: hands out the events and takes the results. */
  collector: string;
  /** Virtual users; the sessions are dealt out to them. */
  vus: number;
  speed: number;
  timeoutMs: number;
}

export const JOB_VARIABLE = 'SPLITBENCH_JOB';
