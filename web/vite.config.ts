import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where the API is while `./run web` watches: that of `./run demo` or `./run dev`.
const api = process.env.DRYSTONE_API_URL ?? "http://127.0.0.1:8080";
const routes = ["/graphql", "/session", "/files", "/values", "/oauth", "/codec", "/healthz", "/readyz", "/ap/", "/agents"];

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    host: "127.0.0.1",
    port: 5173,
    // The examples of the repository stand beside `web/`; the library offers them.
    fs: { allow: [".", "../examples"] },
    proxy: Object.fromEntries(routes.map((route) => [route, { target: api, ws: route === "/graphql" }])),
  },
  build: {
    outDir: "../api/static",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      // The names stay the same from build to build: the build is in git, and the API gives each file an ETag.
      output: {
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], globals: false },
});
