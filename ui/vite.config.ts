import { minify, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The address of a gateway that runs, for `npm run dev`.
const gateway = process.env.HANDOVER_URL ?? "http://127.0.0.1:4040";

/**
 * What is built is small without being unreadable: comments go, they are in the source; what others wrote is nothing to
 * be read here, and is as small as it gets.
 */
function small(): Plugin {
  return {
    name: "small",
    // At the end: what is written before is printed again with its white space.
    enforce: "post",
    async generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === "asset") {
          if (file.fileName.endsWith(".css")) file.source = String(file.source).replace(/\/\*[^]*?\*\/\n?/g, "");
        } else if (file.name !== "vendor") {
          // Where each function comes from is to be found by its name.
          file.code = file.code.replace(/^\/\/ src\/.*\n/gm, "");
        } else {
          // Their assertions, which write to the console, find faults of theirs.
          file.code = (await minify(file.fileName, file.code, { compress: { dropConsole: true } })).code;
        }
      }
    },
  };
}

export default defineConfig({
  base: "/assets/",
  plugins: [small()],
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
    // Committed, so it is to be read: names are kept and so is the white space, and no name of a file carries a hash.
    minify: true,
    cssMinify: false,
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
        minify: {
          compress: { sequences: false },
          mangle: false,
          codegen: { removeWhitespace: false },
        },
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
