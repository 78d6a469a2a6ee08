import { googleCapabilities } from "../../../provider/stores/google-secret-manager/capabilities";
import { parseGoogleOptions } from "../../../provider/stores/google-secret-manager/options";
import { googleStore } from "../../../provider/stores/google-secret-manager/store";
import { describeStoreConformance, type Fault, type FaultName, type StoreBackend } from "../../conformance/store";
import { deadPort } from "../../fakes/fault-proxy";
import { READER } from "../../fakes/google-proxy";
import { faultOf, plantForeign, stalled, startBackend, timing } from "./google-backend";

describeStoreConformance("google-secret-manager", {
  capabilities: googleCapabilities,
  async make(): Promise<StoreBackend> {
    const backend = await startBackend("airflow");
    const dead = await deadPort();
    const fault = (name: Exclude<FaultName, "unreachable">) => (): Promise<Fault> =>
      Promise.resolve(faultOf(backend, name));
    return {
      open: () => backend.open(),
      openWithoutReadingSecrets: () => backend.open(READER),
      plantForeign: (prefix) => plantForeign(backend, prefix),
      stalledDeleters: { "with a log of versions": () => stalled(backend) },
      faults: {
        denied: fault("denied"),
        expired: fault("expired"),
        unreachable: () =>
          Promise.resolve({
            store: googleStore(
              parseGoogleOptions(`gcp-sm://test-project/airflow?endpoint=http://127.0.0.1:${dead}&maxAttempts=2`),
              timing,
            ),
            arm: () => undefined,
            release: () => Promise.resolve(),
          }),
        throttled: fault("throttled"),
        slow: fault("slow"),
        reset: fault("reset"),
        lostReply: fault("lostReply"),
      },
      cleanup: () => backend.stop(),
    };
  },
});
