import { spawnSync } from 'node:child_process';

/** Child processes (service, player) run from dist/: build it once before any test. */
export default function setup(): void {
  spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'ignore' });
}
