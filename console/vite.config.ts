import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const CONTROL_PLANE = process.env.SAFELEVEL_CONTROL ?? 'http://localhost:8081'

/** `npx vite console` serves the sources beside a running control plane; `console/build.ts` makes what that plane serves itself. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), tailwindcss()],
  build: {
    assetsInlineLimit: 0, // the content security policy knows no data: for scripts, styles and fonts
    modulePreload: { polyfill: false },
    target: 'es2023',
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    // The control plane takes changes from its own origin alone, which the browser would name otherwise.
    proxy: Object.fromEntries(
      ['/api', '/login/oidc'].map((path) => [
        path,
        { target: CONTROL_PLANE, changeOrigin: true, headers: { origin: CONTROL_PLANE } },
      ]),
    ),
  },
})
