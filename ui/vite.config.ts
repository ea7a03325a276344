import { minify, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The address of a gateway that runs, for `npm run dev`.
const gateway = process.env.HANDOVER_URL ?? "http://127.0.0.1:4040";

// What others wrote is nothing to be read here: as small as it gets.
function smallVendor(): Plugin {
  return {
    name: "small-vendor",
    // At the end: what is written before is printed again with its white space.
    async generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === "chunk" && chunk.name === "vendor") chunk.code = (await minify(chunk.fileName, chunk.code)).code;
      }
    },
  };
}

export default defineConfig({
  base: "/assets/",
  plugins: [smallVendor()],
  // The classic form: its calls are shorter and plainer to read in what is built than those of the automatic one.
  oxc: {
    jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Group" },
    jsxInject: `import { h, Fragment as Group } from "preact";`,
  },
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
