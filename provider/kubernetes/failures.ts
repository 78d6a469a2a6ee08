import { TargetUnavailableError, UnsupportedError, type UnavailableReason } from "../errors";
import { type ClassifiedKubernetesError, classifyKubernetesError } from "./api";
import { redactedCause } from "../redact";

/** Which object a call was about, for messages. */
export interface Place {
  /** The target's address. */
  address: string;
  /** Name of the cluster's context. */
  cluster: string;
  namespace: string;
}

/** What a failed call means for a target, with the remedy; never a value. */
export function targetFailure(place: Place, error: unknown): Error {
  const failure = classifyKubernetesError(error);
  const cause = redactedCause(error);
  if (failure.kind === "too-large") {
    const text = "the Secret would be larger than Kubernetes allows (1 MiB with all its keys)";
    return new UnsupportedError(`${place.address}: ${text}; link fewer or smaller connections`, { cause });
  }
  const [reason, text] = explain(place, failure);
  return new TargetUnavailableError(reason, `${place.address}: ${text}`, { cause });
}

function explain({ cluster, namespace }: Place, failure: ClassifiedKubernetesError): [UnavailableReason, string] {
  const { kind, message } = failure;
  switch (kind) {
    case "namespace-missing":
      return ["missing", `namespace "${namespace}" does not exist or is being deleted; create it first`];
    case "denied":
      return [
        "denied",
        `${message}; grant get, list, create, patch and delete on secrets in namespace "${namespace}", or use another context`,
      ];
    case "expired":
      return ["expired", `${message}; log in to cluster "${cluster}" again`];
    case "throttled":
      return ["throttled", `cluster "${cluster}" asks to slow down (${message}); try again later`];
    case "timeout":
      return ["timeout", `cluster "${cluster}" did not answer in time (${message}); check the network, then try again`];
    case "unreachable":
      return [
        "unreachable",
        `cluster "${cluster}" cannot be reached (${message}); check the network or VPN, and the context`,
      ];
    default:
      return ["failed", `${message}; see the API server's log of cluster "${cluster}"`];
  }
}
