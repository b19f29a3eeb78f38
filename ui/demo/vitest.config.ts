import { defineConfig } from 'vitest/config';

// The SDK is tested in the state in which it stands in the workspace.
export default defineConfig({ resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } });
