import { z } from "zod";
import { concurrencyLimit, type ConcurrencyLimit } from "../concurrency";
import type { TargetSpec } from "../environment/documents";
import { TargetUnavailableError } from "../errors";
import { ownAccess, type ClusterAccess } from "../kubernetes/options";
import { directoryOptions } from "./directory/options";
import { kubernetesBackendOptions } from "./kubernetes-backend/options";
import { kubernetesOptions } from "./kubernetes/options";
import type { SpecTrust, Target, TargetDriver, TargetReading } from "./target";

const KINDS = ["directory", "kubernetes", "kubernetesBackend"] as const;
type Kind = (typeof KINDS)[number];

/** Calls at once to one cluster or disk: above this, an API server only queues. */
const CALLS_AT_ONCE = 16;

/** Where a Deployment's connections go: exactly one kind, with that kind's options. Pure; defaults are filled in. */
export const targetSchema = z
  .strictObject(
    {
      directory: directoryOptions.optional(),
      kubernetes: kubernetesOptions.optional(),
      kubernetesBackend: kubernetesBackendOptions.optional(),
    },
    { error: ({ code }) => (code === "invalid_type" ? `is needed: exactly one of ${KINDS.join(", ")}` : undefined) },
  )
  .refine((spec) => kindsOf(spec).length === 1, {
    error: `must have exactly one of ${KINDS.join(", ")}, with that kind's options`,
  });

/** As written in a program. */
export type TargetInput = z.input<typeof targetSchema>;

const drivers: Record<Kind, () => Promise<TargetDriver>> = {
  directory: async () => (await import("./directory/target.js")).directoryDriver,
  kubernetes: async () => (await import("./kubernetes/target.js")).kubernetesDriver,
  kubernetesBackend: async () => (await import("./kubernetes-backend/driver.js")).kubernetesBackendDriver,
};

/** Calls to one cluster share a limit, so that a slow one does not hold up the others. */
const limits = new Map<string, ConcurrencyLimit>();

/**
 * Opens a target. Loads the kind's code, but touches neither network nor disk beyond the kubeconfig.
 *
 * @param spec - for example `{ kubernetes: { namespace: "airflow" } }`; our own word, or
 *   what we believe of another's.
 * @throws TargetUnavailableError for a spec that `targetSchema` does not accept: a document may hold anything.
 */
export async function openTarget(spec: Record<string, Record<string, unknown> | undefined>): Promise<Target> {
  const { success, data } = targetSchema.safeParse(spec);
  const [kind] = success ? kindsOf(data) : [];
  if (!success || kind === undefined)
    throw new TargetUnavailableError("failed", "the target that the store's document names is of no known form");
  return (await drivers[kind]()).open(data[kind]);
}

/** What of a spec is believed: all of our own, of others' all but how to log in. Pure. */
export function believedSpec(spec: TargetSpec, trust: SpecTrust): TargetSpec {
  const believed = ([kind, options]: [string, Record<string, unknown>]) => {
    const { context, kubeconfig, ...rest } = options;
    return [kind, { ...rest, ...ownAccess({ context, kubeconfig } as ClusterAccess, trust) }];
  };
  return Object.fromEntries(Object.entries(spec).map(believed)) as TargetSpec;
}

/**
 * Reads many targets in few calls: one listing per cluster and kind.
 *
 * @returns one reading per target; a failure is that of its own target or cluster only.
 */
export async function readTargets(targets: Target[]): Promise<Map<Target, TargetReading>> {
  const readings = await Promise.all(
    KINDS.map(async (kind) => {
      const own = targets.filter((target) => target.kind === kind);
      return own.length === 0 ? [] : [...(await (await drivers[kind]()).readMany(own))];
    }),
  );
  return new Map(readings.flat());
}

/** Makes a call to a target's cluster or disk, a bounded number of them at once for each. */
export async function limitCalls<T>({ group }: Target, run: () => Promise<T>): Promise<T> {
  const limit = limits.get(group) ?? concurrencyLimit(CALLS_AT_ONCE);
  limits.set(group, limit);
  return limit(run);
}

/** The real targets, for the projector. */
export const targetAccess = { believed: believedSpec, open: openTarget, readMany: readTargets, limit: limitCalls };

function kindsOf(spec: Partial<Record<Kind, unknown>>): Kind[] {
  return KINDS.filter((kind) => spec[kind] !== undefined);
}
