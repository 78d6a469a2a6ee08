import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type * as Program from "./program";

const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

describe("the program", () => {
  const sent = new Map<string, Record<string, unknown>>();
  let program: typeof Program;

  before(async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => {
        sent.set(name, inputs as Record<string, unknown>);
        return { id: name, state: inputs as Record<string, unknown> };
      },
      call: ({ inputs }) => inputs as Record<string, unknown>,
    });
    pulumi.runtime.setConfig("project:warehousePassword", "not the real one");
    program = await import("./program.js");
  });

  it("keeps the password out of sight", async () => {
    assert.equal(await pulumi.isSecret(program.warehouse.password), true);
    assert.equal(await valueOf(program.warehouse.host), "db.internal");
  });

  it("gives production the warehouse", async () => {
    await valueOf(program.link.urn);
    const { connId, deployment } = sent.get("warehouse-prod") ?? {};
    assert.deepEqual({ connId, deployment }, { connId: "warehouse", deployment: "prod" });
  });
});
