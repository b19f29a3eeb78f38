import { build } from 'esbuild';

const shared = { bundle: true, target: 'es2022', sourcemap: true, conditions: ['source'], logLevel: 'warning' };
// The libraries are bundled: CommonJS callers cannot require them everywhere, they are ES modules.
const node = { ...shared, entryPoints: ['src/node.ts'], platform: 'node', external: ['ws'], minify: false };
await Promise.all([
  build({ ...node, format: 'esm', outfile: 'dist/index.js', external: [...node.external, '@xmpp/*', 'saslmechanisms'] }),
  build({ ...node, format: 'cjs', outfile: 'dist/index.cjs' }),
  build({ ...shared, entryPoints: ['src/index.ts'], platform: 'browser', format: 'esm', outfile: 'dist/browser.js', minify: true }),
]);
