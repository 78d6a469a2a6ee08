import {
  InputError,
  ProviderError,
  StoreUnavailableError,
  type UnavailableReason,
  UnsupportedError,
} from "../../errors";
import { type ClassifiedKubernetesError, classifyKubernetesError } from "../../kubernetes/api";

/** Where a call went, for messages. */
export interface Place {
  /** The store's address. */
  address: string;
  namespace: string;
}

/** What a failed call means for the caller of the store, with the remedy; never a value. Our own errors pass. */
export function storeFailure(place: Place, error: unknown): Error {
  if (error instanceof InputError) {
    return new StoreUnavailableError("missing", `store "${place.address}": ${error.message}`);
  }
  if (error instanceof ProviderError) return error;
  const failure = classifyKubernetesError(error);
  if (failure.kind === "too-large") {
    return new UnsupportedError(`store "${place.address}": the document with its metadata is too large for a Secret`);
  }
  const [reason, text] = explain(place, failure);
  return new StoreUnavailableError(reason, `store "${place.address}": ${text}`);
}

/** The namespace is not there; reading it as an empty store would make everything look deleted. */
export function namespaceMissing({ address, namespace }: Place): StoreUnavailableError {
  return new StoreUnavailableError(
    "missing",
    `store "${address}": namespace "${namespace}" does not exist or is being deleted; create it, or correct the address`,
  );
}

function explain(place: Place, { kind, message }: ClassifiedKubernetesError): [UnavailableReason, string] {
  switch (kind) {
    case "namespace-missing":
      return ["missing", namespaceMissing(place).message.replace(/^store "[^"]*": /, "")];
    case "denied":
      return ["denied", `${message}; see docs/stores/kubernetes.md for the role it needs`];
    case "expired":
      return ["expired", `${message}; log in to the cluster again`];
    case "throttled":
      return ["throttled", `the API server asks to slow down (${message}); try again later`];
    case "timeout":
      return ["timeout", `${message}; check the network, then try again`];
    case "unreachable":
      return ["unreachable", `the API server cannot be reached (${message}); check network, VPN and context`];
    default:
      return ["failed", message];
  }
}
