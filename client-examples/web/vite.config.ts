import { defineConfig, loadEnv } from "vite";

import { compressed } from "../page/compressed.ts";

const COMMON = /node_modules|\/page\/|\/src\/(browser|generated|graphql|i18n\/(language|text)|live|navigation|session|ui|workspace)/;

export default defineConfig(({ mode }) => {
  // Where `vite` finds a Parley while the client itself is being worked on.
  const server = loadEnv(mode, ".", "PARLEY_").PARLEY_URL ?? "http://127.0.0.1:8000";
  return {
    base: "/web/",
    plugins: [compressed()],
    build: {
      // Inlined assets would be data: addresses, which the page's policy does not allow.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      rolldownOptions: {
        output: {
          // One file rather than many small ones of what the first view needs and others use too.
          codeSplitting: { groups: [{ name: "common", test: COMMON }] },
        },
      },
    },
    server: {
      proxy: {
        "/graphql": { target: server, ws: true },
        "/web/config.json": server,
        "/imports": server,
        "/media": server,
      },
    },
  };
});
