/** Builds the page. bin/ready.mjs calls it with the folder to write to. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { preloadStudy } from './preload.js'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [preloadStudy],
  build: {
    target: 'es2022',
    emptyOutDir: true,
    // A style or a picture in a data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
})
