// widget.js is a classic script (it must find its own element); the panel is a
// module of its own that it loads on opening.
import { build, transform } from 'esbuild';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

const out = path.resolve(import.meta.dirname, '../dist/widget');
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const css = {
  name: 'css-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path: file }) => {
      const { code } = await transform(await readFile(file, 'utf8'), { loader: 'css', minify: true });
      return { contents: code, loader: 'text' };
    });
  },
};
const shared = {
  bundle: true,
  minify: true,
  target: 'es2022',
  conditions: ['source', 'browser', 'production'],
  plugins: [css],
  absWorkingDir: import.meta.dirname,
  tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  logLevel: 'warning',
  metafile: true,
};

const panel = await build({ ...shared, entryPoints: { panel: 'src/panel.ts' }, format: 'esm', outdir: out, entryNames: 'assets/[name]-[hash]' });
const file = path.relative(out, path.resolve(import.meta.dirname, Object.keys(panel.metafile.outputs)[0]));
await build({ ...shared, entryPoints: ['src/entry.ts'], format: 'iife', outfile: `${out}/widget.js`, define: { __PANEL__: JSON.stringify(file) } });
// The documented name of the loader.
await copyFile(`${out}/widget.js`, `${out}/OOWidget.js`);
console.log(`widget: ${file}`);
