import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as airflow from "../../sdk";
import { useMockedProgram } from "./mocked-program";

/** A program in plain JavaScript: nothing tells it what the classes take. */
type Untyped = Record<string, new (name: string, args?: unknown) => pulumi.CustomResource>;
const untyped = airflow as unknown as Untyped;
const typedConnections = airflow.connections as unknown as Untyped;

describe("what a program without type checks may write", () => {
  const { inputsOf } = useMockedProgram();
  const workspace = { name: "arguments", store: "local:x" };
  let deployment: airflow.Deployment;
  let connection: airflow.Connection;

  before(() => {
    deployment = new airflow.Deployment("prod", { workspace, target: { directory: { path: "a" } } });
    connection = new airflow.Connection("wh", { workspace, connType: "http" });
  });

  const classes: [name: string, what: string][] = [
    ["Deployment", "Deployment"],
    ["Connection", "connection"],
    ["ConnectionLink", "link"],
    ["Override", "override"],
    ["Variable", "variable"],
    ["VariableLink", "link"],
  ];
  for (const [name, what] of classes)
    it(`${name} without arguments: says so`, () => {
      for (const args of [undefined, null, "x"])
        expect(() => new (untyped[name] as Untyped[string])("none", args)).to.throw(
          `${what} "none": its arguments are missing; pass them as an object after the name`,
        );
    });

  it("a typed connection without arguments: says so", () => {
    expect(() => new (typedConnections["Snowflake"] as Untyped[string])("none")).to.throw(
      "snowflake connection: its arguments are missing",
    );
  });

  const wrong: [what: string, make: () => unknown, message: string][] = [
    [
      "a Deployment by its name, where it must be the Deployment",
      () => new untyped.Connection!("a", { deployment: "prod", connType: "http" }),
      'connection "a": deployment: a name alone does not say in which Workspace; pass the Deployment itself',
    ],
    [
      "a Workspace in its place",
      () => new untyped.Variable!("b", { deployment: workspace, value: "x" }),
      'variable "b": deployment: is no Deployment of this program; pass the Deployment itself',
    ],
    [
      "one excluded Deployment without a list",
      () => new untyped.Connection!("c", { workspace, connType: "http", sharing: "LinkedToAll", exclude: "prod" }),
      'connection "c": exclude: is no list; pass a list of Deployments or their names',
    ],
    [
      "something else among the excluded",
      () =>
        new untyped.Connection!("d", {
          workspace,
          connType: "http",
          sharing: "LinkedToAll",
          exclude: ["x", connection],
        }),
      'connection "d": exclude[1]: is no Deployment; pass a Deployment or its name',
    ],
    [
      "a link for several Deployments",
      () => new untyped.ConnectionLink!("e", { connection, deployment: [deployment] }),
      'link "e": deployment: is a list, and this is for one; pass a Deployment or its name',
    ],
    [
      "a link to a Workspace",
      () => new untyped.ConnectionLink!("f", { connection, deployment: workspace }),
      'link "f": deployment: is no Deployment; pass a Deployment or its name',
    ],
    [
      "settings of what is no Deployment",
      () => (airflow.helmValues as unknown as (of: unknown) => unknown)("prod"),
      "Airflow's settings are those of a Deployment of this program; pass the Deployment itself first",
    ],
  ];
  for (const [what, make, message] of wrong) it(what, () => expect(make).to.throw(message));

  it("null as the value of a Variable is a value", async () => {
    const variable = new untyped.Variable!("nothing", { workspace, value: null });
    expect(await inputsOf(variable, "nothing")).to.deep.include({ value: { secret: null } });
  });

  const misspelt: [name: string, args: () => object, field: string][] = [
    ["Workspace", () => ({ store: "local:x", secretFetching: true }), "secretFetching"],
    ["ConnectionLink", () => ({ connection, deployment, override: { host: "x" } }), "override"],
    ["Override", () => ({ connection, deployment, fields: { host: "x" }, field: { host: "x" } }), "field"],
    ["Variable", () => ({ workspace, value: "x", secrt: false }), "secrt"],
    ["Connection", () => ({ workspace, connType: "http", hots: "x" }), "hots"],
    ["Deployment", () => ({ workspace, target: { directory: { path: "b" } }, airflowVerson: "3" }), "airflowVerson"],
  ];
  for (const [name, args, field] of misspelt)
    it(`${name}: an argument that there is not reaches the provider, which says what was meant`, async () => {
      const resource = new (untyped[name] as Untyped[string])(`misspelt-${name}`, args());
      expect(await inputsOf(resource, `misspelt-${name}`)).to.have.property(field);
    });
});
