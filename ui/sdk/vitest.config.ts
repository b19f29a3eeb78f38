import { defineConfig } from 'vitest/config';
// A busy machine may stand still for seconds.
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 30_000 } });
