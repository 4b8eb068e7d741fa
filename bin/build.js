// Puts into dist/ what is read at run time and is no module of ours: npm run build, after tsc.
import { cpSync } from 'node:fs';
import { build } from 'esbuild';

for (const path of ['report/page/page.css', 'load/k6/build']) {
  cpSync(`src/${path}`, `dist/${path}`, { recursive: true });
}

// The report's script and all it imports, Chart.js among it, as one file that a browser can run.
await build({
  entryPoints: ['src/report/page/page.ts'],
  outfile: 'dist/report/page/page.js',
  bundle: true,
  minify: true,
  target: 'es2022',
  logLevel: 'warning',
});

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
