// Puts into dist/ what is read at run time and is no module of ours: npm run build, after tsc.
import { cpSync } from 'node:fs';
import { build } from 'esbuild';

for (const folder of ['report/page', 'load/k6/build']) {
  cpSync(`src/${folder}`, `dist/${folder}`, { recursive: true });
}

// The scenario and all it imports as one file that k6 can run.
await build({
  entryPoints: ['scenarios/smartmenu.ts'],
  outfile: 'dist/load/k6/scenario.js',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['main'],
  target: 'es2020',
  external: ['k6', 'k6/*'],
  logLevel: 'warning',
});
