import { awsCapabilities } from "../../../provider/stores/aws-secrets-manager/capabilities";
import { parseAwsOptions } from "../../../provider/stores/aws-secrets-manager/options";
import { awsStore } from "../../../provider/stores/aws-secrets-manager/store";
import { describeStoreConformance, type Fault, type FaultName, type StoreBackend } from "../../conformance/store";
import { READER } from "../../fakes/aws-proxy";
import { deadPort } from "../../fakes/fault-proxy";
import { faultOf, plantForeign, stalled, startBackend, timing } from "./aws-backend";

describeStoreConformance("aws-secrets-manager", {
  capabilities: awsCapabilities,
  async make(): Promise<StoreBackend> {
    const backend = await startBackend("airflow");
    const dead = await deadPort();
    const fault = (name: Exclude<FaultName, "unreachable">) => (): Promise<Fault> =>
      Promise.resolve(faultOf(backend, name));
    return {
      open: () => backend.open(),
      openWithoutReadingSecrets: () => backend.open(READER),
      plantForeign: (prefix) => plantForeign(backend.moto, prefix),
      stalledDeleters: {
        "with a recovery window": () => stalled(backend, ""),
        "without a recovery window": () => stalled(backend, "&recoveryWindowDays=0"),
      },
      faults: {
        denied: fault("denied"),
        expired: fault("expired"),
        unreachable: () =>
          Promise.resolve({
            store: awsStore(
              parseAwsOptions(`aws-sm://airflow?endpoint=http://127.0.0.1:${dead}&maxAttempts=2`),
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
