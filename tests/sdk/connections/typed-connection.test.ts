import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { ConnectionArgs } from "../../../sdk/connection";
import { connectionArgs, type TypedConnectionArgs } from "../../../sdk/connections/typed-connection";

const keys = { account: "account", insecureMode: "insecure_mode", extraWorkspace: "workspace" };
const build = (args: Record<string, unknown>): ConnectionArgs =>
  connectionArgs("snowflake", keys, args as unknown as TypedConnectionArgs);

describe("connectionArgs", () => {
  it("sets the type, moves known extras under Airflow's names, leaves the rest alone", () => {
    expect(build({ workspace: "w", login: "l", account: "a", insecureMode: false, extraWorkspace: "x" })).to.deep.equal(
      {
        connType: "snowflake",
        workspace: "w",
        login: "l",
        extra: { account: "a", insecure_mode: false, workspace: "x" },
      },
    );
  });

  it("has no extra when there is none", () => {
    expect(build({ login: "l", account: undefined })).to.deep.equal({ connType: "snowflake", login: "l" });
  });

  it("keeps null, which clears a field", () => {
    expect(build({ account: null })).to.deep.equal({ connType: "snowflake", extra: { account: null } });
  });

  it("merges typed inputs with open ones, without wrapping a plain object", () => {
    const secret = pulumi.secret("s");
    const { extra } = build({ account: "a", extra: { query_tag: "q", mine: secret } });
    expect(extra).to.have.all.keys("account", "query_tag", "mine");
    expect(extra).to.have.property("mine", secret);
  });

  it("merges with an extra that is an output", async () => {
    const { extra } = build({ account: "a", extra: pulumi.output({ query_tag: "q" }) });
    const value = await new Promise((resolve) => pulumi.output(extra).apply(resolve));
    expect(value).to.deep.equal({ account: "a", query_tag: "q" });
  });

  it("refuses the same field twice, without repeating its value", () => {
    expect(() => build({ insecureMode: true, extra: { insecure_mode: "canary-7c" } }))
      .to.throw('snowflake connection: "insecureMode" and "extra.insecure_mode" are the same field; give one of them')
      .with.property("message")
      .not.contain("canary-7c");
  });

  it("refuses to clear all extras and give some", () => {
    expect(() => build({ account: "a", extra: null })).to.throw("null clears all extras");
    expect(build({ extra: null })).to.deep.equal({ connType: "snowflake", extra: null });
  });
});
