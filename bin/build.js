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

// What draws the report's stills. chartjs-node-canvas asks for "canvas", which compiles itself where there is no binary of it;
// @napi-rs/canvas draws the same and has one for each platform. An override says so in this package, but none of a dependency
// counts where it is installed: so the one is put to the other here.
await build({
  stdin: {
    contents:
      "export { ChartJSNodeCanvas } from 'chartjs-node-canvas'; export { GlobalFonts } from '@napi-rs/canvas';",
    resolveDir: '.',
  },
  outfile: 'dist/report/canvas.cjs',
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  external: ['@napi-rs/canvas', 'chart.js'],
  banner: {
    js: '/*! With chartjs-node-canvas (MIT licence, Sean Sobey) and tslib (0BSD licence, Microsoft). */',
  },
  plugins: [
    {
      name: 'canvas',
      setup({ onResolve, onLoad }) {
        // It requires a copy of its own, by a name that isn't known before it runs; that name is always this.
        onResolve({ filter: /freshRequire$/ }, () => ({ path: 'canvas', namespace: 'canvas' }));
        onLoad({ filter: /.*/, namespace: 'canvas' }, () => ({
          contents: "exports.freshRequire = () => require('@napi-rs/canvas');",
          resolveDir: '.',
        }));
      },
    },
  ],
  logLevel: 'warning',
});
