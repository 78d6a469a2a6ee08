import { expect } from "chai";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { NativeProvider } from "../../../provider/plugin/provider";
import { packageSchema } from "../../../provider/plugin/schema/package";
import type { ResourceSpec } from "../../../provider/plugin/schema/specs";
import { instantClock } from "../../fakes/instant-clock";
import { WORKSPACE, World } from "../../fakes/world";

const PLANTED = "planted-value";
const NUMBER = 8_190_734_655_123;

/** Of every form that a value can have; most inputs take few of them. */
const WRONG: Record<string, unknown> = {
  text: PLANTED,
  number: NUMBER,
  boolean: true,
  list: [PLANTED, NUMBER],
  object: { [`${PLANTED}-key`]: PLANTED, nested: { password: PLANTED } },
  "a URL with a login": `https://user:${PLANTED}@host/${NUMBER}`,
};

const OBJECT =
  /^(?:(?:link|override) of )?(?:connection|variable|deployment|workspace)(?: "[^"]*")?(?: (?:in|of) Deployment(?: "[^"]*")?)?: (?=\w+[.[:])/i;

const { resources } = packageSchema("1.2.3") as { resources: Record<string, ResourceSpec> };
const workspace = { name: "data", store: WORKSPACE.store };
const pair = { workspace, deployment: "dev" };

/** Inputs that are right, by type. */
const RIGHT: Record<string, object> = {
  "airflow-env:index:Workspace": {},
  "airflow-env:index:Deployment": { workspace, target: { directory: { path: "place" } } },
  "airflow-env:index:Connection": { workspace, connType: "postgres" },
  "airflow-env:connections:Snowflake": { workspace },
  "airflow-env:index:ConnectionLink": { ...pair, connId: "there" },
  "airflow-env:index:Override": { ...pair, connId: "there", fields: { login: "etl" } },
  "airflow-env:index:Variable": { workspace, value: "x" },
  "airflow-env:index:VariableLink": { ...pair, key: "there" },
};

describe("every problem of check, of every input with values of every form", () => {
  const struct = (properties: object) =>
    Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);

  for (const [type, right] of Object.entries(RIGHT))
    it(`points at the input and does not show the value: ${type}`, async () => {
      const inputs = Object.keys(resources[type]?.inputProperties ?? {});
      let refused = 0;
      for (const input of inputs)
        for (const [form, value] of Object.entries(WRONG)) {
          const provider = new NativeProvider("1.2.3", new World().process({ clock: instantClock() }).context);
          const urn = `urn:pulumi:test::project::${type}::one`;
          const { failures } = await provider.resource(urn).check(urn, undefined, struct({ ...right, [input]: value }));
          const about = `${input} as ${form}: ${failures.join("\n")}`;
          refused += failures.length;
          for (const failure of failures) {
            // Where the object has another name than the resource, or none that can be said, that comes first.
            const path = failure.replace(OBJECT, "");
            const [, named = ""] = /^(\w+)(?:[.[][^:]*)?: /.exec(path) ?? [];
            expect(inputs, about).to.include(named);
            // An id is no secret: it is how people find what is meant.
            if (!["connId", "key", "name", "deployment"].includes(input)) {
              expect(failure.replaceAll(`${PLANTED}-key`, ""), about).to.not.contain(PLANTED);
              expect(failure, about).to.not.contain(String(NUMBER));
            }
          }
        }
      expect(refused).to.be.greaterThan(inputs.length);
    });
});
