// @ts-check
// Part of the build: joins the Kubernetes client, some 850 files of which each one is looked up, opened and compiled,
// into one, without changing it. Loading it then takes a fifth of the time and half of the memory.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

// What provider/kubernetes-client.ts declares.
const names = [
  "CoreV1Api",
  "createConfiguration",
  "HttpMethod",
  "KubeConfig",
  "PatchStrategy",
  "RequestContext",
  "ServerConfiguration",
  "setHeaderOptions",
];

await build({
  stdin: {
    contents: `export { ${names.join(", ")} } from "@kubernetes/client-node";`,
    resolveDir: fileURLToPath(new URL("..", import.meta.url)),
  },
  outfile: fileURLToPath(new URL("../dist/provider/kubernetes-client.bundle.mjs", import.meta.url)),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // Some of its dependencies are CommonJS and require Node's own modules.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  minifyWhitespace: true,
  legalComments: "inline",
  logLevel: "error",
});
