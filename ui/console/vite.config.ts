import react from '@vitejs/plugin-react'
import { defaultClientConditions } from 'vite'
import { defineConfig } from 'vitest/config'

// The server embeds ../dist/console and answers every path below /console/
// that is no file with index.html. For work on the screens, start
// `npm run fake-server` (or a real node) and `npm run dev`: the proxy makes
// both look like one origin.
const backend = process.env.SWITCHBOARD ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: '/console/',
  plugins: [react()],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    proxy: {
      '/public': backend,
      '/login': backend,
      '/xmpp-websocket': { target: backend, ws: true },
    },
  },
  // A busy machine may stand still for seconds.
  test: { include: ['src/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 30_000 },
})
