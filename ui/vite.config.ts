import preact from "@preact/preset-vite";
import { minify, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The address of a gateway that runs, for `npm run dev`.
const gateway = process.env.HANDOVER_URL ?? "http://127.0.0.1:4040";

// What others wrote is nothing to be read here: as small as it gets.
function smallVendor(): Plugin {
  return {
    name: "small-vendor",
    async renderChunk(code, chunk) {
      return chunk.name === "vendor" ? (await minify(chunk.fileName, code)).code : null;
    },
  };
}

export default defineConfig({
  base: "/assets/",
  plugins: [preact(), smallVendor()],
  publicDir: "public",
  build: {
    // Inside the crate that embeds it: a crate that is published takes it along.
    outDir: "../crates/server/ui",
    emptyOutDir: true,
    // Committed, so it is to be read: own code is not minified, and names carry no hashes.
    minify: false,
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        entryFileNames: "app.js",
        chunkFileNames: "[name].js",
        assetFileNames: "app[extname]",
        comments: false,
        // What others wrote, apart from what we wrote: it changes seldom, and nobody has to read it twice.
        codeSplitting: {
          groups: [{ name: "vendor", test: /node_modules/ }],
        },
      },
    },
  },
  server: { proxy: { "/api": gateway, "/v1": gateway } },
  test: { environment: "happy-dom", include: ["test/**/*.test.{ts,tsx}"] },
});
