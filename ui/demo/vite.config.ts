import { defineConfig } from 'vite';

// Two pages below /demo/: the chat and the shop. The server embeds ../dist/demo.
const backend = process.env.SWITCHBOARD ?? 'http://127.0.0.1:8080';
const proxied = Object.fromEntries(
  ['/api', '/login', '/media', '/widget', '/xmpp-websocket'].map((path) => [path, { target: backend, ws: path === '/xmpp-websocket' }]),
);

export default defineConfig({
  base: '/demo/',
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../dist/demo',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: { input: { chat: 'index.html', shop: 'shop/index.html' } },
  },
  server: { port: 5174, proxy: proxied },
});
