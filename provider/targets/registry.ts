import { z } from "zod";
import { directoryOptions } from "./directory/options";
import { kubernetesBackendOptions } from "./kubernetes-backend/options";
import { kubernetesOptions } from "./kubernetes/options";
import type { Target, TargetDriver, TargetReading } from "./target";

const KINDS = ["directory", "kubernetes", "kubernetesBackend"] as const;
type Kind = (typeof KINDS)[number];

/** Writes at once to one cluster or disk: above this, an API server only queues. */
const WRITES_AT_ONCE = 16;

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
  directory: async () => (await import("./directory/target.js")).directoryDriver as TargetDriver,
  kubernetes: async () => (await import("./kubernetes/target.js")).kubernetesDriver as TargetDriver,
  kubernetesBackend: async () =>
    (await import("./kubernetes-backend/target.js")).kubernetesBackendDriver as TargetDriver,
};

/** Writes to one cluster share a limit, so that a slow one does not hold up the others. */
const groups = new WeakMap<Target, string>();
const limits = new Map<string, Promise<<T>(run: () => Promise<T>) => Promise<T>>>();

/**
 * Opens a target. Loads the kind's code, but touches neither network nor disk beyond the kubeconfig.
 *
 * @param spec - accepted by `targetSchema`, for example `{ kubernetes: { namespace: "airflow" } }`.
 */
export async function openTarget(spec: Record<string, Record<string, unknown> | undefined>): Promise<Target> {
  const parsed = targetSchema.parse(spec);
  const [kind] = kindsOf(parsed) as [Kind];
  const options = parsed[kind] as { context?: string; kubeconfig?: string };
  const target = await (await drivers[kind]()).open(options);
  groups.set(target, JSON.stringify([kind === "directory" ? kind : "cluster", options.kubeconfig, options.context]));
  return target;
}

/**
 * Reads many targets in few calls: one listing per cluster and kind.
 *
 * @returns one reading per address; a failure is that of its own target or cluster only.
 */
export async function readTargets(targets: Target[]): Promise<Map<string, TargetReading>> {
  const readings = await Promise.all(
    KINDS.map(async (kind) => {
      const own = targets.filter((target) => target.kind === kind);
      return own.length === 0 ? [] : [...(await (await drivers[kind]()).readMany(own))];
    }),
  );
  return new Map(readings.flat());
}

/** Runs a write, a bounded number of them at once for each cluster. */
export async function limitWrites<T>(target: Target, run: () => Promise<T>): Promise<T> {
  const group = groups.get(target) ?? target.kind;
  let limit = limits.get(group);
  if (!limit) {
    limit = import("p-limit").then(({ default: pLimit }) => pLimit(WRITES_AT_ONCE));
    limits.set(group, limit);
  }
  return (await limit)(run);
}

/** The real targets, for the projector. */
export const targetAccess = { open: openTarget, readMany: readTargets, limit: limitWrites };

function kindsOf(spec: Partial<Record<Kind, unknown>>): Kind[] {
  return KINDS.filter((kind) => spec[kind] !== undefined);
}
