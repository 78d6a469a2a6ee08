import { z } from "zod";
import { InputError } from "../../provider/errors";
import { SECRET, SIGNATURE } from "../../provider/pulumi/wire";
import { isRecord, type Properties } from "../../provider/resources/declaration/values";
import { contentOf, HIDDEN, readSteps, type Preview, type EngineStep } from "./preview";

const properties = z.record(z.string(), z.unknown());
const planSchema = z.object({
  resourcePlans: z.record(
    z.string(),
    z.object({
      steps: z.array(z.string()).nullish(),
      goal: z
        .object({
          inputDiff: z
            .object({
              adds: properties.optional(),
              updates: properties.optional(),
              deletes: z.array(z.string()).optional(),
            })
            .default({}),
        })
        .nullish(),
    }),
  ),
});
const stateSchema = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          delete: z.boolean().optional(),
          inputs: properties.optional(),
          outputs: properties.optional(),
        }),
      )
      .default([]),
  }),
});

/** Whether this is what `pulumi preview --save-plan` writes. */
export function isPlan(text: string): boolean {
  return isRecord(contentOf(text)?.["resourcePlans"]);
}

/**
 * Reads a saved plan, which holds how inputs become others, beside the state that these are in.
 *
 * @param state - what `pulumi stack export` printed.
 * @throws InputError with what to pass instead, never with the text.
 */
export function parsePlan(text: string, state: string): Preview {
  const plan = planSchema.safeParse(contentOf(text));
  if (!plan.success) throw new InputError("this is no plan of pulumi preview --save-plan");
  const recorded = stateSchema.safeParse(contentOf(state));
  if (!recorded.success) throw new InputError("--state is no output of pulumi stack export");
  const resources = new Map(
    recorded.data.deployment.resources.filter((one) => !one.delete).map((one) => [one.urn, one]),
  );
  const steps = Object.entries(plan.data.resourcePlans).flatMap(([urn, { steps: ops, goal }]): EngineStep[] => {
    const old = resources.get(urn);
    const oldState = old && { inputs: hidden(old.inputs ?? {}), outputs: hidden(old.outputs ?? {}) };
    const { adds = {}, updates = {}, deletes = [] } = goal?.inputDiff ?? {};
    const kept = Object.entries(oldState?.inputs ?? {}).filter(([name]) => !deletes.includes(name));
    const newState = { inputs: { ...Object.fromEntries(kept), ...hidden({ ...adds, ...updates }) } };
    return (ops ?? []).map((op) => ({ op, urn, ...(oldState && { oldState }), ...(goal && { newState }) }));
  });
  return { steps: readSteps(steps), errors: [] };
}

/** Secrets are encrypted in both; a preview prints them so. */
function hidden(values: Properties): Properties {
  const hide = (value: unknown): unknown => {
    if (isRecord(value) && value[SIGNATURE] === SECRET) return HIDDEN;
    if (Array.isArray(value)) return value.map(hide);
    return isRecord(value) ? hidden(value) : value;
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, hide(value)]));
}
