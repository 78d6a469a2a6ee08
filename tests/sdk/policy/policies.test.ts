import type { ResourceValidationPolicy } from "@pulumi/policy";
import { expect } from "chai";
import { allowedConnectionTypes, noLinkedToAll, protectedResources, secretsByReference } from "../../../sdk/policy";

const SECRET = "canary-77d1a0";
const byEnvironment = { valueFrom: { env: "PASSWORD" } };

interface Declared {
  type: string;
  stack?: string;
  protect?: boolean;
  props: Record<string, unknown>;
}

const dynamic = (name: string): string => `pulumi-nodejs:dynamic/airflow:${name}`;
const native = (name: string): string => `airflow-env:index:${name}`;

/** What a policy says of a resource, as the policy runtime asks it. */
function violations(
  policy: ResourceValidationPolicy,
  { type, stack = "prod", protect = false, props }: Declared,
): string[] {
  const found: string[] = [];
  const args = { type, props, urn: `urn:pulumi:${stack}::project::${type}::warehouse`, opts: { protect } };
  const validate = policy.validateResource as (args: unknown, report: (message: string) => void) => void;
  validate(args, (message) => found.push(message));
  expect(found.join("\n")).not.to.contain(SECRET);
  return found;
}

describe("policies", () => {
  for (const [wire, token] of Object.entries({ dynamic, native })) {
    describe(`of resources of the ${wire} wire`, () => {
      const connection = (props: Record<string, unknown>): Declared => ({
        type: token("Connection"),
        props: { connType: "postgres", ...props },
      });

      it("secretsByReference names every secret that is no reference, and nothing else", () => {
        const policy = secretsByReference();
        expect(violations(policy, connection({ host: "h", login: "etl", password: byEnvironment }))).to.deep.equal([]);
        const clear = connection({
          password: SECRET,
          extra: { sslmode: "require", api_key: SECRET, "a.b_token": SECRET },
        });
        expect(violations(policy, clear).map((text) => text.split(" ")[0])).to.deep.equal([
          "password",
          "extra.api_key",
          'extra["a.b_token"]',
        ]);
        expect(violations(policy, clear)[0]).to.match(/write valueFrom/);
        const all = connection({ secretExtra: true, extra: { anything: "x" } });
        expect(violations(policy, all)).to.have.length(1);
        expect(violations(policy, connection({ uri: `postgres://u:${SECRET}@h`, connType: undefined }))[0]).to.match(
          /^uri is/,
        );
        expect(violations(policy, connection({ uri: byEnvironment, connType: undefined }))).to.deep.equal([]);
      });

      it("secretsByReference looks into links, Overrides and Variables", () => {
        const policy = secretsByReference();
        const of = (name: string, props: Record<string, unknown>) => violations(policy, { type: token(name), props });
        expect(of("ConnectionLink", { overrides: { host: "h", password: SECRET } })[0]).to.match(
          /^overrides\.password is/,
        );
        expect(of("ConnectionLink", { overrides: { host: "h", password: null } })).to.deep.equal([]);
        expect(of("ConnectionLink", {})).to.deep.equal([]);
        expect(of("Override", { fields: { extra: { token: SECRET } } })[0]).to.match(/^fields\.extra\.token is/);
        expect(of("Variable", { value: SECRET })).to.have.length(1);
        expect(of("Variable", { value: { a: SECRET } })).to.have.length(1);
        expect(of("Variable", { value: SECRET, secret: false })).to.deep.equal([]);
        expect(of("Variable", { value: byEnvironment })).to.deep.equal([]);
        expect(of("VariableLink", {})).to.deep.equal([]);
        expect(of("VariableLink", { value: SECRET })).to.have.length(1);
      });

      it("noLinkedToAll holds in the stacks that it is for", () => {
        const policy = noLinkedToAll({ stacks: ["prod", "prod-*"] });
        const shared = connection({ sharing: "LinkedToAll" });
        expect(violations(policy, shared)[0]).to.match(/sharing is LinkedToAll, which stack "prod" does not allow/);
        expect(violations(policy, { ...shared, stack: "prod-eu" })).to.have.length(1);
        for (const stack of ["dev", "preprod", "prodx"])
          expect(violations(policy, { ...shared, stack })).to.deep.equal([]);
        expect(violations(policy, connection({ sharing: "Restricted" }))).to.deep.equal([]);
        const variable = { type: token("Variable"), props: { value: "x", sharing: "LinkedToAll" } };
        expect(violations(policy, variable)).to.have.length(1);
      });

      it("protectedResources wants the option on what a deletion takes from Airflow", () => {
        const policy = protectedResources({ stacks: ["prod"] });
        for (const name of ["Workspace", "Deployment", "Connection", "Variable"]) {
          expect(violations(policy, { type: token(name), props: {} })[0]).to.match(/pass \{ protect: true \}/);
          expect(violations(policy, { type: token(name), props: {}, protect: true })).to.deep.equal([]);
        }
        expect(violations(policy, { type: token("ConnectionLink"), props: {} })).to.deep.equal([]);
      });

      it("allowedConnectionTypes names the type and what is allowed", () => {
        const policy = allowedConnectionTypes({ types: ["postgres", "http"] });
        expect(violations(policy, connection({}))).to.deep.equal([]);
        expect(violations(policy, connection({ connType: "ftp" }))).to.deep.equal([
          'connType "ftp" is not allowed; allowed are postgres, http',
        ]);
        const unknown = violations(policy, connection({ connType: undefined, uri: byEnvironment }));
        expect(unknown[0]).to.match(/not known of a uri by reference; .*write the fields instead$/);
      });
    });
  }

  it("judge a class of one connection type under the names that the program uses", () => {
    const snowflake = { type: "airflow-env:connections:Snowflake", props: { account: "a", privateKeyContent: SECRET } };
    expect(violations(allowedConnectionTypes({ types: ["snowflake"] }), snowflake)).to.deep.equal([]);
    expect(violations(allowedConnectionTypes({ types: ["http"] }), snowflake)).to.have.length(1);
    expect(violations(secretsByReference(), snowflake)[0]).to.match(/^privateKeyContent is/);
  });

  it("leave resources of other packages alone", () => {
    const bucket = { type: "aws:s3/bucket:Bucket", props: { sharing: "LinkedToAll", password: SECRET } };
    for (const policy of [
      secretsByReference(),
      noLinkedToAll(),
      protectedResources({}),
      allowedConnectionTypes({ types: [] }),
    ])
      expect(violations(policy, bucket)).to.deep.equal([]);
  });
});
