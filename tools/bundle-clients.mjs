// @ts-check
// Part of the build: joins each vendor's client, and what the page of `airflow-env ui` is made with, into one file each
// without changing it. Users then install neither its hundreds of files nor its dependencies, and it loads in a fifth of
// the time. The licences of all that went in stand in dist/THIRD_PARTY_LICENSES.
import { build } from "esbuild";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { licencesOf } from "./licences.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * What is loaded of each package, and from where.
 *
 * @typedef {{ names: Record<string, string[]>, file: string, format: "esm" | "cjs" }} Client
 * @type {Client[]}
 */
const clients = [
  {
    names: {
      "@kubernetes/client-node": [
        "CoreV1Api",
        "createConfiguration",
        "HttpMethod",
        "KubeConfig",
        "PatchStrategy",
        "RequestContext",
        "ServerConfiguration",
        "setHeaderOptions",
      ],
    },
    file: "dist/provider/kubernetes/client.bundle.mjs",
    format: "esm",
  },
  {
    names: { "@aws-sdk/client-secrets-manager": ["SecretsManager"] },
    file: "dist/provider/stores/aws-secrets-manager/sdk.bundle.mjs",
    format: "esm",
  },
  {
    names: {
      hono: ["Hono"],
      "hono/body-limit": ["bodyLimit"],
      "hono/cookie": ["getCookie", "setCookie"],
      "hono/html": ["raw"],
      "hono/jsx": ["Fragment", "jsx"],
      "hono/secure-headers": ["secureHeaders"],
      "@hono/node-server": ["createAdaptorServer"],
    },
    file: "dist/cli/ui/web.bundle.cjs",
    // Every page needs it at once, as an import at the top: CommonJS, like ours.
    format: "cjs",
  },
];

const joined = await Promise.all(clients.map(bundle));
writeFileSync(join(root, "dist", "THIRD_PARTY_LICENSES"), licencesOf(root, joined.flat()));
cpSync(join(root, "cli", "ui", "assets"), join(root, "dist", "cli", "ui", "assets"), { recursive: true });

/**
 * @param {Client} client
 * @returns {Promise<string[]>} paths from the root of the files that went in.
 */
async function bundle(client) {
  const lines = Object.entries(client.names).map(([from, names]) => `export { ${names.join(", ")} } from "${from}";`);
  const { metafile } = await build({
    stdin: { contents: lines.join("\n"), resolveDir: root },
    absWorkingDir: root,
    outfile: join(root, client.file),
    bundle: true,
    platform: "node",
    format: client.format,
    target: "node20",
    // Some of the dependencies are CommonJS and require Node's own modules.
    ...(client.format === "esm" && {
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    }),
    minifyWhitespace: true,
    legalComments: "inline",
    metafile: true,
    // node_modules may be a link to another checkout's.
    preserveSymlinks: true,
    logLevel: "error",
  });
  return Object.keys(metafile.inputs);
}
