import { expect } from "chai";
import { conflictOf, sharedConflictOf, type Declaration } from "../../provider/resources/declaration/conflicts";
import { declare } from "../../sdk/declarations";

const W = "data";
const workspace = (resource: string, more: Partial<Declaration> = {}): Declaration => ({
  kind: "workspace",
  resource,
  workspace: W,
  ...more,
});
const deployment = (resource: string, name: string, more: Partial<Declaration> = {}): Declaration => ({
  kind: "deployment",
  resource,
  workspace: W,
  deployment: name,
  ...more,
});
const connection = (resource: string, connId: string, more: Partial<Declaration> = {}): Declaration => ({
  kind: "connection",
  resource,
  workspace: W,
  connId,
  exclude: [],
  linkedToAll: false,
  ...more,
});
const piece = (kind: "link" | "override", resource: string, connId: string, to: string): Declaration => ({
  kind,
  resource,
  workspace: W,
  connId,
  deployment: to,
});
const link = (resource: string, connId: string, to: string) => piece("link", resource, connId, to);
const override = (resource: string, connId: string, to: string) => piece("override", resource, connId, to);
const other = { workspace: "other" };

describe("conflicts that the program alone shows", () => {
  const conflicts: [what: string, a: Declaration, b: Declaration, message: string][] = [
    [
      "two Workspaces of one name",
      workspace("b"),
      workspace("a"),
      'resources "a" and "b" declare the same Workspace "data"; keep one',
    ],
    [
      "two Deployments of one name",
      deployment("b", "prod"),
      deployment("a", "prod"),
      'resources "a" and "b" declare the same Deployment "prod"; rename one',
    ],
    [
      "two Workspace-level connections of one id",
      connection("b", "pg"),
      connection("a", "pg"),
      'resources "a" and "b" declare the same connection "pg"; rename one, or keep one and link it',
    ],
    [
      "two connections of one id in one Deployment",
      connection("b", "pg", { deployment: "prod" }),
      connection("a", "pg", { deployment: "prod" }),
      'resources "a" and "b" declare the same connection "pg"; rename one, or keep one and link it',
    ],
    [
      "two links of one pair",
      link("b", "pg", "prod"),
      link("a", "pg", "prod"),
      'resources "a" and "b" are two links of connection "pg" in Deployment "prod"; merge them into one',
    ],
    [
      "two Overrides of one pair",
      override("b", "pg", "prod"),
      override("a", "pg", "prod"),
      'resources "a" and "b" are two overrides of connection "pg" in Deployment "prod"; merge them into one',
    ],
    [
      "a link to a Deployment that the connection excludes",
      link("l", "pg", "prod"),
      connection("c", "pg", { exclude: ["dev", "prod"] }),
      '"l" links connection "pg" to Deployment "prod", which "c" excludes; remove one of the two',
    ],
    [
      "a link beside the Deployment's own connection of that id",
      link("l", "pg", "prod"),
      connection("c", "pg", { deployment: "prod" }),
      'Deployment "prod" would get two connections "pg": its own ("c") and the linked one ("l"); rename one or remove the link',
    ],
  ];
  for (const [what, a, b, message] of conflicts)
    it(what, () => {
      expect(conflictOf(a, b)).to.equal(message);
      expect(conflictOf(a, { ...b, ...other }), "in another Workspace").to.equal(undefined);
    });

  const fine: [what: string, a: Declaration, b: Declaration][] = [
    ["two Deployments", deployment("b", "prod"), deployment("a", "dev")],
    ["two connections", connection("b", "pg"), connection("a", "mysql")],
    [
      "one id in two Deployments",
      connection("b", "pg", { deployment: "x" }),
      connection("a", "pg", { deployment: "y" }),
    ],
    ["one id shared and in a Deployment", connection("b", "pg"), connection("a", "pg", { deployment: "prod" })],
    ["a connection linked to two Deployments", link("b", "pg", "prod"), link("a", "pg", "dev")],
    ["two connections linked to one Deployment", link("b", "pg", "prod"), link("a", "mysql", "prod")],
    ["a link and an Override of one pair", link("b", "pg", "prod"), override("a", "pg", "prod")],
    ["a connection and its link", link("b", "pg", "prod"), connection("a", "pg")],
    [
      "a link to a Deployment that another connection excludes",
      link("b", "pg", "prod"),
      connection("a", "x", { exclude: ["prod"] }),
    ],
    [
      "a link beside another Deployment's own connection",
      link("b", "pg", "prod"),
      connection("a", "pg", { deployment: "dev" }),
    ],
    ["a Workspace and a Deployment of one name", workspace("a"), deployment("b", W)],
  ];
  for (const [what, a, b] of fine)
    it(`not: ${what}`, () => {
      expect(conflictOf(a, b)).to.equal(undefined);
      expect(conflictOf(b, a)).to.equal(undefined);
    });
});

describe("conflicts of a LinkedToAll connection with a Deployment's own", () => {
  const shared = connection("s", "pg", { linkedToAll: true });
  const own = connection("o", "pg", { deployment: "prod" });

  it("of the same id", () => {
    expect(sharedConflictOf(shared, own)).to.equal(
      'Deployment "prod" would get two connections "pg": its own ("o") and the LinkedToAll one ("s"); ' +
        'add "prod" to exclude, or rename one',
    );
  });

  const fine: [what: string, shared: Declaration, own: Declaration][] = [
    ["excluded", { ...shared, exclude: ["prod"] }, own],
    ["Restricted", { ...shared, linkedToAll: false }, own],
    ["of another id", { ...shared, connId: "mysql" }, own],
    ["of another Workspace", { ...shared, ...other }, own],
    ["both Workspace-level", shared, connection("o", "pg")],
    ["both a Deployment's", { ...shared, deployment: "dev" }, own],
    ["a link instead of a connection", shared, link("l", "pg", "prod")],
    ["the other way round", own, shared],
  ];
  for (const [what, a, b] of fine) it(`not: ${what}`, () => expect(sharedConflictOf(a, b)).to.equal(undefined));
});

describe("declare", () => {
  it("fails for the second declaration, whichever comes first", () => {
    const all = { exclude: [], linkedToAll: true };
    const pairs = [
      [connection("s", "pg", all), connection("o", "pg", { deployment: "prod" })],
      [link("l", "pg", "prod"), connection("c", "pg", { exclude: ["prod"] })],
      [override("x", "pg", "prod"), override("y", "pg", "prod")],
    ] as const;
    pairs.forEach(([a, b], index) => {
      const [forth, back] = [`declare-${index}`, `declare-${index}-back`];
      declare({ ...a, workspace: forth });
      expect(() => declare({ ...b, workspace: forth })).to.throw(/"pg"/);
      declare({ ...b, workspace: back });
      expect(() => declare({ ...a, workspace: back })).to.throw(/"pg"/);
    });
  });

  it("compares with all earlier ones, and forgets the refused one", () => {
    const own = { workspace: "declare-many" };
    for (const name of ["a", "b", "c"]) declare(deployment(name, name, own));
    expect(() => declare(deployment("again", "a", own))).to.throw('resources "a" and "again"');
    expect(() => declare(deployment("third", "a", own))).to.throw('resources "a" and "third"');
    declare(deployment("d", "d", own));
  });

  it("compares a declaration of a large program with those of its connection only", () => {
    let looks = 0;
    const declareWatched = (declaration: Declaration) =>
      declare(
        new Proxy(declaration, {
          get(target, property, receiver) {
            looks++;
            return Reflect.get(target, property, receiver) as unknown;
          },
        }),
      );
    const looksAt = (connections: number) => {
      looks = 0;
      const own = { workspace: `declare-${connections}` };
      for (let id = 0; id < connections; id++) {
        declareWatched(connection(`c${id}`, `c${id}`, own));
        for (let name = 0; name < 10; name++)
          declareWatched({ ...link(`l${id}-${name}`, `c${id}`, `d${name}`), ...own });
      }
      return looks;
    };
    expect(looksAt(1_000)).to.equal(10 * looksAt(100));
  });
});
