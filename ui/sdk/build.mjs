import { rmSync } from 'node:fs';
import { build } from 'esbuild';

const shared = { bundle: true, target: 'es2022', sourcemap: true, conditions: ['source'], logLevel: 'warning' };
// The libraries are bundled: CommonJS callers cannot require them everywhere, they are ES modules.
const node = { ...shared, entryPoints: ['src/node.ts'], platform: 'node', external: ['ws'], minify: false };
rmSync('dist/chunks', { recursive: true, force: true });
await Promise.all([
  build({ ...node, format: 'esm', outfile: 'dist/index.js', external: [...node.external, '@xmpp/*', 'saslmechanisms'] }),
  build({ ...node, format: 'cjs', outfile: 'dist/index.cjs' }),
  // Drawing a code and the bytes of files are loaded when they are first needed.
  build({
    ...shared,
    entryPoints: { browser: 'src/index.ts' },
    platform: 'browser',
    alias: { events: './src/events.ts' },
    format: 'esm',
    splitting: true,
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    minify: true,
  }),
]);
