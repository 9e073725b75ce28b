import { defineConfig, loadEnv } from "vite";

import { compressed } from "../page/compressed.ts";

export default defineConfig(({ mode }) => {
  // Where `vite` finds a Parley while the playground itself is being worked on.
  const server = loadEnv(mode, ".", "PARLEY_").PARLEY_URL ?? "http://127.0.0.1:8000";
  return {
    base: "/playground/",
    plugins: [compressed()],
    build: {
      // Inlined assets would be data: addresses, which the page's policy allows for images alone.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      // The editor is one large file, and it is loaded only after the page is painted.
      chunkSizeWarningLimit: 4000,
      rolldownOptions: {
        onLog(level, log, handle) {
          // "use client" is for servers that render React; this page has none.
          if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
        },
      },
    },
    worker: { format: "es" },
    server: {
      proxy: {
        "/graphql": { target: server, ws: true },
        "/playground/config.json": server,
      },
    },
  };
});
