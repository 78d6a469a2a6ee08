import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Connection, ConnectionLink, connections, Override } from "../../sdk";
import { useMockedProgram } from "./mocked-program";

/** Deeper than any walk by recursion gets. */
function deep(): Record<string, unknown> {
  let value: Record<string, unknown> = { secret: "canary" };
  for (let level = 0; level < 20_000; level++) value = { a: value };
  return value;
}
function cyclic(): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  value["a"] = [value];
  return value;
}

describe("values nested too deep for anything to walk them", () => {
  useMockedProgram();
  const workspace = { name: "data", store: "local:x" };
  const connection = { workspace, connId: "pg" };

  for (const [how, extra] of [
    ["20,000 levels", deep()],
    ["a value that contains itself", cyclic()],
  ] as const) {
    const declarations: Record<string, (name: string) => unknown> = {
      connection: (name) => new Connection(name, { workspace, connType: "postgres", extra }),
      "connection of a type": (name) => new connections.Snowflake(name, { workspace, extra }),
      "connection of a type that is not known yet": (name) =>
        new Connection(name, { workspace, connType: pulumi.output("postgres"), extra: { x: extra } }),
      "connection with a field of another type": (name) =>
        new Connection(name, { workspace, connType: "postgres", host: extra as never }),
      link: (name) => new ConnectionLink(name, { connection, deployment: "prod", overrides: { extra } }),
      override: (name) => new Override(name, { connection, deployment: "prod", fields: { extra } }),
    };
    for (const [kind, declaration] of Object.entries(declarations))
      it(`${kind}, ${how}: the message names the resource, the field and the limit`, () => {
        const name = `${kind} ${how}`;
        expect(() => declaration(name))
          .to.throw(Error, /nested more than 100 levels deep/)
          .with.property("message")
          .that.contains(`"${name}": `)
          .and.match(/: (extra|host)\./)
          .and.not.contain("canary");
      });
  }

  it("do not lie behind outputs and resources, which are not looked into", () => {
    const extra = { a: pulumi.output("text"), b: Promise.resolve("text") };
    expect(() => new Connection("plain", { workspace, connType: "postgres", extra })).not.to.throw();
  });
});
