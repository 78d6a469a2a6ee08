import { expect } from "chai";
import fc from "fast-check";
import { documentKeys, legacyKey, nameOfKey, upgradedKey, workspaceOfKey } from "../../../provider/environment/keys";
import { variableKind } from "../../../provider/objects/variable/kind";

const names = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."abZ09_.-"), minLength: 1, maxLength: 12 }),
  fc.constantFrom("connections", "deployments", "workspace", "values", "deployment-connections", "__proto__"),
);

describe("documentKeys", () => {
  it("keep Workspace-level and Deployment-level objects apart, and kinds", () => {
    expect(documentKeys.connection("data", "x")).to.equal("data/connections/x");
    expect(documentKeys.connection("data", "x", "prod")).to.equal("data/deployment-connections/prod/x");
    expect(documentKeys.object("data", variableKind, "x")).to.equal("data/variables/x");
    expect(documentKeys.object("data", variableKind, "x", "prod")).to.equal("data/deployment-variables/prod/x");
  });

  it("are different for different documents, whatever these are called", () => {
    fc.assert(
      fc.property(names, names, names, names, (a, b, c, d) => {
        const all = [...keysOf("data", a, b), ...keysOf("data", c, d)];
        const count = new Set([a, c]).size + new Set([`${a}/${b}`, `${c}/${d}`]).size;
        // Four keys by name, two by name and Deployment, and the Workspace's.
        expect(new Set(all).size).to.equal(1 + 4 * new Set([a, c]).size + 2 * (count - new Set([a, c]).size));
      }),
    );
  });

  it("list with the Deployments nothing else", () => {
    fc.assert(
      fc.property(names, names, names, (workspace, a, b) => {
        const listed = keysOf(workspace, a, b).filter((key) => key.startsWith(documentKeys.deployments(workspace)));
        expect(listed).to.deep.equal([documentKeys.deployment(workspace, a)]);
      }),
    );
  });

  it("lie under their Workspace, and name what they are of", () => {
    fc.assert(
      fc.property(names, names, names, (workspace, a, b) => {
        for (const key of keysOf(workspace, a, b)) {
          expect(key.startsWith(documentKeys.all(workspace))).to.equal(true);
          expect(workspaceOfKey(key)).to.equal(workspace);
        }
        expect(nameOfKey(documentKeys.deployment(workspace, a))).to.equal(a);
        expect(nameOfKey(documentKeys.connection(workspace, a))).to.equal(a);
        expect(nameOfKey(documentKeys.connection(workspace, a, b))).to.equal(a);
      }),
    );
  });

  it("of no Workspace name none", () => {
    expect([workspaceOfKey("x"), workspaceOfKey(""), workspaceOfKey("/x")]).to.deep.equal(["", "", ""]);
  });
});

describe("keys of release 0.1.0", () => {
  const OLD = "data/deployments/prod/connections/x";

  it("lead to where the document lies now, and back", () => {
    expect(upgradedKey(OLD)).to.equal(documentKeys.connection("data", "x", "prod"));
    expect(legacyKey(documentKeys.connection("data", "x", "prod"))).to.equal(OLD);
    fc.assert(
      fc.property(names, names, names, (workspace, deployment, id) => {
        const key = documentKeys.connection(workspace, id, deployment);
        const old = legacyKey(key);
        expect(old).to.equal(`${workspace}/deployments/${deployment}/connections/${id}`);
        expect(upgradedKey(String(old))).to.equal(key);
      }),
    );
  });

  it("are told from all keys of now, whatever these are called", () => {
    fc.assert(
      fc.property(names, names, names, (workspace, a, b) => {
        for (const key of keysOf(workspace, a, b)) expect(upgradedKey(key), key).to.equal(undefined);
      }),
    );
    for (const key of ["data/deployments/prod/connections/", "data/deployments/prod/connections/a/b", `x/${OLD}`, ""])
      expect(upgradedKey(key), key).to.equal(undefined);
  });

  it("exist for Deployment-level connections only", () => {
    fc.assert(
      fc.property(names, names, names, (workspace, a, b) => {
        const own = documentKeys.connection(workspace, a, b);
        for (const key of keysOf(workspace, a, b)) if (key !== own) expect(legacyKey(key), key).to.equal(undefined);
      }),
    );
  });
});

/** A key of each sort: those of the Workspace, by `a` alone, and by `a` in Deployment `b`. */
function keysOf(workspace: string, a: string, b: string): string[] {
  return [
    documentKeys.workspace(workspace),
    documentKeys.deployment(workspace, a),
    documentKeys.value(workspace, a),
    documentKeys.connection(workspace, a),
    documentKeys.object(workspace, variableKind, a),
    documentKeys.connection(workspace, a, b),
    documentKeys.object(workspace, variableKind, a, b),
  ];
}
