import { expect } from "chai";
import { InputError } from "../../../../provider/errors";
import { describeKubernetesAddress, parseKubernetesOptions } from "../../../../provider/stores/kubernetes/options";

describe("Kubernetes store, address", () => {
  const timeoutMs = 15_000;
  const accepted: Record<string, object> = {
    "kubernetes://airflow-env": { namespace: "airflow-env", timeoutMs },
    "kubernetes://airflow-env/": { namespace: "airflow-env", timeoutMs },
    "kubernetes://a?context=prod-eks": { namespace: "a", context: "prod-eks", timeoutMs },
    "kubernetes://a?context=arn:aws:eks:eu-west-1:1:cluster/prod&kubeconfig=~/.kube/prod&timeoutMs=500": {
      namespace: "a",
      context: "arn:aws:eks:eu-west-1:1:cluster/prod",
      kubeconfig: "~/.kube/prod",
      timeoutMs: 500,
    },
  };
  for (const [address, options] of Object.entries(accepted)) {
    it(`takes ${address}`, () => expect(parseKubernetesOptions(address)).to.deep.equal(options));
  }

  for (const address of [
    "kubernetes:",
    "kubernetes:airflow-env",
    "kubernetes://",
    "kubernetes://Airflow",
    "kubernetes://a_b",
    "kubernetes://-a",
    `kubernetes://${"a".repeat(64)}`,
    "kubernetes://a/b",
    "kubernetes://user:password@a",
    "kubernetes://a:6443",
    "kubernetes://a#b",
    "kubernetes://a?context=",
    "kubernetes://a?token=t",
    "kubernetes://a?timeoutMs=1",
    "vault://a",
  ]) {
    it(`refuses ${address}`, () => {
      expect(() => parseKubernetesOptions(address))
        .to.throw(InputError, /store address is wrong/)
        .with.property("problems").that.is.not.empty;
    });
  }

  it("prints neither kubeconfig nor password", () => {
    const options = parseKubernetesOptions("kubernetes://a?context=c%20d&kubeconfig=/home/me/.kube/config");
    expect(describeKubernetesAddress(options)).to.equal("kubernetes://a?context=c%20d");
    expect(() => parseKubernetesOptions("kubernetes://u:hunter2@a"))
      .to.throw()
      .and.not.match(/hunter2/);
  });
});
