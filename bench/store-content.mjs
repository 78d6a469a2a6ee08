// @ts-check
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../tools/setup.mjs";

/** A module of the build. @param {string} path below `dist/provider` */
const built = async (path) => (await import(pathToFileURL(join(root, "dist", "provider", path)).href)).default;

/**
 * Fills a local store with a Workspace `bench` as programs would leave it: every tenth connection is linked to all, the others
 * to one Deployment in ten, one of these with a host of its own. Fetching is allowed.
 *
 * @param {string} folder of the store
 * @param {{ connections: number, deployments: number }} size
 */
export async function fillLocalStore(folder, { connections, deployments }) {
  const [{ openStore }, { encodeDocument }, { documentKeys }, { metadataOf }] = await Promise.all(
    ["stores/registry.js", "environment/codec.js", "environment/keys.js", "environment/metadata.js"].map(built),
  );
  const owner = "bench/bench/bench::x";
  const names = Array.from({ length: deployments }, (_, index) => `d${String(index).padStart(3, "0")}`);
  const documents = [
    [
      documentKeys.workspace("bench"),
      { kind: "workspace", name: "bench", uid: "bench", owner, fingerprintKey: "bench", secretsFetching: true },
    ],
    ...names.map((name) => [
      documentKeys.deployment("bench", name),
      { kind: "deployment", name, owner, target: { directory: { path: `/nowhere/${name}` } } },
    ]),
    ...Array.from({ length: connections }, (_, index) => {
      const id = `c${String(index).padStart(4, "0")}`;
      const linked = index % 10 === 0 ? [] : names.filter((_name, at) => at % 10 === index % 10);
      const document = {
        kind: "connection",
        id,
        owner,
        base: { connType: "postgres", host: `${id}.internal`, login: "etl", password: `password-of-${id}` },
        sharing: index % 10 === 0 ? "LinkedToAll" : "Restricted",
        exclude: [],
        links: Object.fromEntries(
          linked.map((name, at) => [name, { owner, overrides: at === 0 ? { host: "own" } : {} }]),
        ),
        overrides: {},
      };
      return [documentKeys.connection("bench", id), document];
    }),
  ];
  const store = await openStore(`local:${folder}`);
  try {
    for (const [key, document] of documents)
      await store.put(key, encodeDocument(document), metadataOf(document), "absent");
  } finally {
    await store.close();
  }
}
