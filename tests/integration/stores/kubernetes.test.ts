import { kubernetesCapabilities } from "../../../provider/stores/kubernetes/capabilities";
import { parseKubernetesOptions } from "../../../provider/stores/kubernetes/options";
import { kubernetesStore } from "../../../provider/stores/kubernetes/store";
import { describeStoreConformance, type FaultName, type StoreBackend } from "../../conformance/store";
import { deadPort } from "../../fakes/fault-proxy";
import { faultOf, kubeconfigTo, lasting, plantForeign, startBackend } from "./kubernetes-backend";

describeStoreConformance("kubernetes", {
  capabilities: kubernetesCapabilities,
  cannot: { stalledDeleter: "a deletion is one request, with the version as its precondition" },
  async make(): Promise<StoreBackend> {
    const backend = await startBackend();
    const dead = kubeconfigTo(backend.kube, "writer", `http://127.0.0.1:${await deadPort()}`, "dead");
    const fault = (name: FaultName) => () => Promise.resolve(faultOf(backend, name));
    return {
      open: () => backend.open(),
      openWithoutReadingSecrets: () => backend.open({ user: "reader" }),
      plantForeign: (prefix) => plantForeign(backend, prefix),
      faults: {
        denied: async () => lasting(backend.open({ user: "nobody" })),
        expired: fault("expired"),
        unreachable: async () => {
          const address = `kubernetes://${backend.namespace}?kubeconfig=${encodeURIComponent(dead)}`;
          return lasting(kubernetesStore(parseKubernetesOptions(address), { retries: 1 }));
        },
        throttled: fault("throttled"),
        slow: fault("slow"),
        reset: fault("reset"),
        lostReply: fault("lostReply"),
      },
      cleanup: () => backend.stop(),
    };
  },
});
