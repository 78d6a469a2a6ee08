import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSecretExtra, listConnectionTypes, type ExtraField } from "../../../catalog/lookup";
import { FORMS, SECRETS } from "../../catalog/secrecy/placements";
import { scanForCanary } from "../canary";
import { Engine, type ResourceSpec } from "../engine";

const SECRET = "canary-in-clear-Zq7x";

/** A number or a boolean cannot be told from others, so it is no canary. */
const SHAPES = ["string", "object", "array"];

/** The secret in the shape that the field wants. */
function secretFor({ types }: ExtraField): unknown {
  if (types.includes("string")) return SECRET;
  return types.includes("object") ? { inside: SECRET } : [SECRET];
}

describe("secrets of every catalog type", () => {
  let engine: Engine;
  const folder = mkdtempSync(join(tmpdir(), "airflow-env-types-"));

  before(async () => {
    engine = await Engine.create();
  });
  after(() => {
    engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it("never appear in state, preview or store, although the program gives them as plain text", async () => {
    const stack = await engine.stack("types");
    const target = { directory: { path: join(folder, "out") } };
    const connections = listConnectionTypes().map(({ id, extras }): ResourceSpec => {
      const secrets = extras
        .filter(({ key, types }) => isSecretExtra(id, key) && types.some((type) => SHAPES.includes(type)))
        .map((field) => [field.key, secretFor(field)]);
      return {
        kind: "connection",
        name: id,
        args: {
          workspace: "$workspace:data",
          connType: id,
          password: SECRET,
          extra: { ...Object.fromEntries(secrets), nested: { client_secret: SECRET } },
          sharing: "LinkedToAll",
        },
      };
    });
    expect(connections).to.have.length.at.least(135);
    const placements = Object.values(SECRETS).map(({ connType, ...fields }, at): ResourceSpec => {
      const args = { workspace: "$workspace:data", connType, ...fields, sharing: "LinkedToAll" };
      return { kind: "connection", name: `placement-${at}`, args };
    });
    stack.resources = [
      { kind: "workspace", name: "data", args: { store: `local:${join(folder, "store")}` } },
      { kind: "deployment", name: "all", args: { workspace: "$workspace:data", target } },
      ...connections,
      ...placements,
    ];
    await stack.preview();
    await stack.expectOk(["preview", "--diff"]);
    await stack.up("--parallel", "64");
    expect(readFileSync(join(folder, "out", "connections.json"), "utf8")).to.contain(SECRET);
    expect(await stack.preview()).to.deep.equal([]);
    // The test's own description of the program and the target are the only places that may hold them.
    await scanForCanary(engine, [SECRET, ...FORMS], {
      except: [stack.specFile(), join(folder, "out")],
      files: [folder],
    });
  });
});
