import { execFileSync } from 'node:child_process';

/** Child processes (service, player) and the command run from dist/: build it once before any test. */
export default function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
