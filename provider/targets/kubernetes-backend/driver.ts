import type { V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { KubernetesSecrets } from "../../kubernetes/secrets";
import { reading } from "../read-each";
import type { Target, TargetDriver, TargetReading } from "../target";
import type { KubernetesBackendOptions } from "./options";
import { concernsVariables } from "./snapshot";
import { KubernetesBackendTarget, SELECTOR, VARIABLES_SELECTOR } from "./target";

/** Opens `kubernetesBackend` targets. */
export const kubernetesBackendDriver: TargetDriver<KubernetesBackendOptions> = {
  kind: "kubernetesBackend",
  open: async (options) => new KubernetesBackendTarget(await KubernetesSecrets.open(options), options),

  async readMany(targets) {
    const logins = new Map<string, KubernetesBackendTarget[]>();
    for (const target of targets as KubernetesBackendTarget[]) {
      const { accessKey } = target.secrets;
      logins.set(accessKey, [...(logins.get(accessKey) ?? []), target]);
    }
    const readings = await Promise.all([...logins.values()].map(readCluster));
    return new Map(readings.flat());
  },
};

/** One listing for all, and a second one for those that Variables concern. */
async function readCluster(targets: KubernetesBackendTarget[]): Promise<[Target, TargetReading][]> {
  const [first] = targets;
  if (!first) return [];
  const listings = await first.secrets.listNamespaces(SELECTOR, namespacesOf(targets));
  const concerned = targets.filter((target) => {
    const listing = listings.get(target.place.namespace);
    return listing && "secrets" in listing && concernsVariables(target.sort(listing.secrets.values()));
  });
  const variables = await first.secrets.listNamespaces(VARIABLES_SELECTOR, namespacesOf(concerned));
  const withVariables = new Set(concerned);
  const readOne = async (target: KubernetesBackendTarget): Promise<TargetReading> => {
    const { namespace } = target.place;
    const found: Iterable<V1Secret>[] = [];
    for (const one of withVariables.has(target) ? [listings, variables] : [listings]) {
      const listing = one.get(namespace);
      // Not listed because that is denied: the target's own reading says so.
      if (!listing) return reading(target);
      if ("error" in listing) return { error: target.secrets.explained(target.place, listing.error) };
      found.push([...listing.secrets.values()]);
    }
    const [secrets = [], rivals] = found;
    return { state: target.remember(target.sort(secrets, rivals)) };
  };
  return Promise.all(targets.map(async (target): Promise<[Target, TargetReading]> => [target, await readOne(target)]));
}

function namespacesOf(targets: KubernetesBackendTarget[]): string[] {
  return targets.map((target) => target.place.namespace);
}
