import { expect } from "chai";
import { inputs } from "../../fakes/world";
import { Stack } from "./stack";
import { UNKNOWN_ON_THE_WIRE as UNKNOWN } from "../../../provider/pulumi/wire";

const toAll = { sharing: "LinkedToAll" };

describe("what is not known is not judged", () => {
  describe("by the catalog: references in extra", () => {
    const env = { valueFrom: { env: "X" } };

    it("neither warns of one nor fails for one", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      const extra = { account: env, insecure_mode: env, session_parameters: { deep: env } };
      const news = inputs.connection("snow", { connType: "snowflake", extra });
      const { checked, process } = await stack.resource("connection").preview(news, { environment: { X: "true" } });
      expect([checked.failures, process.warnings]).to.deep.equal([[], []]);
      expect(checked.inputs["extra"]).to.deep.equal(extra);
    });

    it("still judges the values beside it", async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      const news = inputs.connection("cache", {
        connType: "redis",
        extra: { ssl_certfile: env, ssl_cert_reqs: "require" },
      });
      const { checked } = await stack.resource("connection").preview(news, { environment: { X: "x" } });
      expect(checked.failures.map(({ reason }) => reason)).to.deep.equal([
        'extra.ssl_cert_reqs: not an allowed value; use one of "required", "optional", "none"',
      ]);
    });
  });

  describe("by a Deployment's packages", () => {
    const declared = { providers: ["apache-airflow-providers-http"], strict: true, airflowVersion: "3.1.8" };

    for (const unknown of [
      { providers: UNKNOWN },
      { providers: [...declared.providers, UNKNOWN] },
      { strict: UNKNOWN },
      { airflowVersion: UNKNOWN },
      { runtimeVersion: UNKNOWN },
    ])
      it(`in a preview with ${JSON.stringify(unknown).replaceAll(UNKNOWN, "?")}`, async () => {
        const stack = new Stack();
        await stack.createWorkspace();
        const prod = await stack.create("deployment", inputs.deployment("prod"));
        await stack.create("connection", inputs.connection("pg", toAll));
        const news = inputs.deployment("prod", { ...declared, ...unknown });
        for (const resource of [prod, stack.resource("deployment")]) {
          const { checked, diff, process } = await resource.preview(news);
          expect([checked.failures, process.warnings]).to.deep.equal([[], []]);
          expect(checked.inputs).to.not.have.property("drift");
          expect(diff?.changes ?? true).to.equal(true);
        }
      });

    for (const unknown of [{ providers: UNKNOWN }, { target: UNKNOWN }])
      it(`nor by the package of its target's backend: unknown ${Object.keys(unknown).join()}`, async () => {
        const stack = new Stack();
        await stack.createWorkspace();
        const target = { kubernetesBackend: { namespace: "airflow" } };
        const news = inputs.deployment("prod", { target, providers: declared.providers, ...unknown });
        const { checked, process } = await stack.resource("deployment").preview(news);
        expect([checked.failures, process.warnings]).to.deep.equal([[], []]);
      });

    it("nor for a connection of which it is not known who gets it", async () => {
      const stack = new Stack();
      await stack.createWorkspace();
      await stack.create("deployment", inputs.deployment("prod", declared));
      const news = inputs.connection("pg", { ...toAll, exclude: [UNKNOWN] });
      const { checked } = await stack.resource("connection").preview(news);
      expect(checked.failures).to.deep.equal([]);
    });
  });
});
