import { execFileSync } from 'node:child_process';

/**
 * Child processes (service, player) and the command run from dist/: it is built once before any test, as `npm test` itself
 * has done by now.
 */
export default function setup(): void {
  if (process.env.npm_lifecycle_event === 'test') return;
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
