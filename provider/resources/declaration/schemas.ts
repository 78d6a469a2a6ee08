import { z } from "zod";
import { storeAddressProblem } from "../../stores/registry";
import { mustBe } from "./problems";
import { isReference } from "./references";

const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** Name of a Workspace or a Deployment: part of keys, labels and file names everywhere. */
export const nameSchema = z
  .string()
  .regex(NAME, "use 1 to 63 letters, digits, '.', '_' or '-', beginning and ending with a letter or digit")
  .refine((name) => !name.includes(".."), "must not contain '..'");

/** An Airflow id within the bounds that every way into Airflow shares. */
export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,200}$/, "use 1 to 200 letters, digits, '_', '.' or '-'")
  .refine((id) => id !== "." && !id.includes(".."), "must not be '.' or contain '..'");

const storeSchema = z.string().superRefine((address, context) => {
  const message = storeAddressProblem(address);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

/** Inputs shared by all kinds. */
export const ownerSchema = {
  owner: z.string().min(1),
  adopt: z.boolean().optional(),
  liveDiff: z.boolean().optional(),
};

export const workspaceRefSchema = z.strictObject(
  { name: nameSchema, store: storeSchema },
  {
    error: ({ code }) =>
      code === "invalid_type" ? "must be a Workspace, or the name and store of one: { name, store }" : undefined,
  },
);
export const workspaceFields = { name: nameSchema, store: storeSchema };

/** What `check` adds for the preview; never declared by users. */
export const computedSchema = {
  appliesTo: z.unknown().optional(),
  change: z.unknown().optional(),
  fingerprints: z.unknown().optional(),
  drift: z.unknown().optional(),
  takesOver: z.unknown().optional(),
};

/** Inputs that say which Deployments get an object. */
export const sharingSchema = {
  deployment: nameSchema.optional(),
  sharing: z.enum(["Restricted", "LinkedToAll"], 'must be "Restricted" or "LinkedToAll"').optional(),
  exclude: z.array(nameSchema, mustBe("a list of Deployment names")).optional(),
};

/** Text, or where it is to be read. */
export const textSchema = (what = "a string") => z.union([z.string(), z.custom(isReference)], mustBe(what));

/** Switches of the resources. */
export const switchSchema = z.boolean(mustBe("true or false")).optional();
