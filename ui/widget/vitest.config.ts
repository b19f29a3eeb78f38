import { defineConfig } from 'vitest/config';

// The SDK is tested in the state in which it stands in the workspace.
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  // A busy machine may stand still for seconds.
  test: { testTimeout: 30_000, hookTimeout: 30_000 },
});
