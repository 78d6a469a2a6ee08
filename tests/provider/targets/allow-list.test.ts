import { homedir } from "node:os";
import { expect } from "chai";
import { targetsOfThisProcess } from "../../../provider/context";
import type { TargetSpec } from "../../../provider/environment/documents";
import { InputError, ProviderError } from "../../../provider/errors";
import { parseAllowList } from "../../../provider/targets/allow-list";

const ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/prod";
const kubernetes = (namespace: string, context?: string): TargetSpec => ({
  kubernetes: { namespace, ...(context !== undefined && { context }) },
});
const directory = (path: string): TargetSpec => ({ directory: { path } });

const ALLOWED: [patterns: string, spec: TargetSpec][] = [
  ["kubernetes:airflow", kubernetes("airflow")],
  ["kubernetes:airflow-*", kubernetes("airflow-team")],
  ["kubernetes:prod/airflow", kubernetes("airflow", "prod")],
  ["kubernetes:prod/*", { kubernetesBackend: { namespace: "airflow", context: "prod", namePrefix: "x" } }],
  [`kubernetes:${ARN}/airflow-*`, kubernetes("airflow-team", ARN)],
  ["kubernetes:arn:aws:eks:*:cluster/prod/airflow", kubernetes("airflow", ARN)],
  ["kubernetes:**", kubernetes("airflow", ARN)],
  ["directory:/srv/airflow", directory("/srv/airflow/")],
  ["directory:/srv/*", directory("/srv/airflow")],
  ["directory:/srv/**", directory("/srv/airflow/team")],
  [`directory:${homedir()}/airflow`, directory("~/airflow")],
  [" kubernetes:other , directory:/srv/* ,", directory("/srv/a")],
];

const REFUSED: [patterns: string, spec: TargetSpec][] = [
  ["", kubernetes("airflow")],
  ["kubernetes:airflow", kubernetes("airflow", "prod")],
  ["kubernetes:prod/airflow", kubernetes("airflow")],
  ["kubernetes:prod/airflow", kubernetes("airflow2", "prod")],
  ["kubernetes:prod/air.low", kubernetes("airflow", "prod")],
  ["kubernetes:*", kubernetes("airflow", "prod")],
  ["kubernetes:prod/*", kubernetes("airflow", "prod/evil")],
  ["kubernetes:prod/*", kubernetes("airflow", "PROD")],
  ["kubernetes:*/airflow", directory("/x/airflow")],
  ["directory:/srv/*", directory("/srv/airflow/team")],
  ["directory:/srv/**", directory("/srv/../etc")],
  ["directory:/srv", directory("/srv/airflow")],
  ["kubernetes:**,directory:/**", { another: { namespace: "airflow" } }],
  ["kubernetes:**", { constructor: {} }],
];

describe("the allow-list of others' targets", () => {
  for (const [patterns, spec] of ALLOWED)
    it(`"${patterns}" allows ${JSON.stringify(spec)}`, () => {
      expect(parseAllowList(patterns, "X").allows(spec)).to.equal(true);
    });
  for (const [patterns, spec] of REFUSED)
    it(`"${patterns}" does not allow ${JSON.stringify(spec)}`, () => {
      expect(parseAllowList(patterns, "X").allows(spec)).to.equal(false);
    });

  for (const wrong of ["airflow", "kubernetes:", "kubernetes:prod/", "directory:srv", "kubernetesBackend:a", "*"])
    it(`"${wrong}" is refused, with the forms that there are`, () => {
      expect(() => parseAllowList(`kubernetes:a,${wrong}`, "VARIABLE X"))
        .to.throw(InputError, `VARIABLE X: "${wrong}" is no pattern of a target`)
        .with.property("message")
        .that.contains("kubernetes:CONTEXT/NAMESPACE");
    });

  describe("of a process", () => {
    let environment: NodeJS.ProcessEnv;
    beforeEach(() => (environment = { ...process.env }));
    afterEach(() => (process.env = environment));
    const believed = (spec: TargetSpec, trusted: boolean) => targetsOfThisProcess().believed(spec, { trusted });

    it("is asked for others' Deployments, by our own name of a context, and not for our own", () => {
      process.env["AIRFLOW_ENV_CONTEXTS"] = "theirs=prod-eks";
      process.env["AIRFLOW_ENV_TARGETS"] = "kubernetes:prod-eks/airflow-*";
      const spec = kubernetes("airflow-team", "theirs");
      expect(believed(spec, false)).to.deep.equal(kubernetes("airflow-team", "prod-eks"));
      expect(believed(kubernetes("kube-system", "x"), true)).to.deep.equal(kubernetes("kube-system", "x"));
      expect(() => believed(kubernetes("kube-system", "theirs"), false))
        .to.throw(ProviderError, 'target "kubernetes:prod-eks/kube-system" of another stack\'s Deployment')
        .that.includes({ code: "not-allowed" })
        .and.has.property("message")
        .that.contains("AIRFLOW_ENV_TARGETS allows; add it there");
    });

    it("allows all when there is none, and nothing when it is empty", () => {
      delete process.env["AIRFLOW_ENV_TARGETS"];
      expect(believed(directory("/srv"), false)).to.deep.equal(directory("/srv"));
      process.env["AIRFLOW_ENV_TARGETS"] = "";
      expect(() => believed(directory("/srv"), false)).to.throw(ProviderError, '"directory:/srv"');
    });
  });
});
