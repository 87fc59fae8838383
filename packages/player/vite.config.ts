/** How the player becomes one small script, with hls.js in a file of its own that is fetched when it is needed. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    target: 'es2022',
    outDir: fileURLToPath(new URL('./dist', import.meta.url)),
    emptyOutDir: true,
    sourcemap: true,
    lib: {
      entry: fileURLToPath(new URL('./src/index.ts', import.meta.url)),
      formats: ['es'],
      fileName: () => 'player.js',
    },
    rolldownOptions: { output: { chunkFileNames: 'player-[name]-[hash].js' } },
  },
});
