import { expect } from "chai";
import { z } from "zod";
import { canonicalJson } from "../../../provider/airflow/json";
import type { SharedDocument } from "../../../provider/environment/documents";
import { documentKeys } from "../../../provider/environment/keys";
import { createHandlers } from "../../../provider/handlers";
import { connectionKind } from "../../../provider/objects/connection/kind";
import type { ObjectKind } from "../../../provider/objects/kind";
import { dynamicHandler } from "../../../provider/pulumi/dynamic";
import { attachmentHandler } from "../../../provider/resources/attachment/handler";
import type { AttachmentKind, DeclaredKind } from "../../../provider/resources/declared-kind";
import { isRecord } from "../../../provider/resources/declaration/values";
import { sharedObjectHandler } from "../../../provider/resources/shared-object/handler";
import { inputs, ownerOf, World, WORKSPACE } from "../../fakes/world";
import { CANARY, expectGone, expectUnchanged, failing, Stack, unreachable } from "./stack";

interface Quota {
  limit: number;
  token?: string | undefined;
}
type QuotaPatch = Partial<Quota>;

const limitProblems = ({ limit }: QuotaPatch) =>
  limit !== undefined && limit < 0 ? [{ path: ["limit"], reason: "must not be negative" }] : [];

/** A kind that the provider does not know: all of it is here. It takes the place of Variables in the second file. */
const quotaKind: ObjectKind<Quota, QuotaPatch> = {
  name: "quota",
  collection: "quotas",
  file: "variables",
  baseSchema: z.object({ limit: z.number(), token: z.string().optional() }),
  patchSchema: z.object({ limit: z.number().optional(), token: z.string().optional() }),
  merge: (base, patch) => (Object.keys(patch).length === 0 ? base : { ...base, ...patch }),
  problemsOf: (_id, value) => limitProblems(value),
  render: (value) => canonicalJson(value),
  publicFieldsOf: ({ limit }) => ({ limit }),
};

const fields = { limit: z.number().optional(), token: z.string().optional() };
const pick = ({ limit, token }: Record<string, unknown>) => ({
  ...(limit !== undefined && { limit }),
  ...(token !== undefined && { token }),
});

const declaredQuota: DeclaredKind<Quota> = {
  object: quotaKind,
  idInput: "quota",
  inputs: { ...fields, limit: z.number() },
  fieldsOf: pick,
  inputsOf: (declared) => ({ ...declared }),
  baseOf: (declared) => declared as Quota,
  judge: (declared) => ({ problems: limitProblems(declared), warnings: [] }),
  secretsOf: (declared) => ("token" in declared ? [["token"]] : []),
  secretsOfPatch: (_base, values) => ("token" in values ? [["token"]] : []),
  packageFor: () => undefined,
};

const quotaLink: AttachmentKind = {
  of: declaredQuota,
  slot: "links",
  noun: "link",
  valuesInput: undefined,
  inputs: fields,
  valuesOf: pick,
  patchOf: (values) => values,
  problemsOf: limitProblems,
};
const quotaOverride: AttachmentKind = {
  ...quotaLink,
  slot: "overrides",
  noun: "override",
  valuesInput: "fields",
  inputs: { fields: z.strictObject(fields) },
  valuesOf: ({ fields: values }) => (isRecord(values) ? values : {}),
};

/** Processes that know connections and quotas; the quota's resources go by the names of the Variable's. */
const newStack = () =>
  new Stack(
    new World({
      kinds: new Map<string, ObjectKind>([connectionKind, quotaKind].map((kind) => [kind.name, kind])),
      handlersOf: (context) => ({
        ...createHandlers(context),
        variable: dynamicHandler(sharedObjectHandler(declaredQuota, context)),
        "variable-link": dynamicHandler(attachmentHandler(quotaLink, context)),
        override: dynamicHandler(attachmentHandler(quotaOverride, context)),
      }),
    }),
  );

const KEY = documentKeys.object(WORKSPACE.name, quotaKind, "api");
const quota = (more: object = {}) => ({
  workspace: WORKSPACE,
  quota: "api",
  owner: ownerOf("api"),
  limit: 10,
  token: CANARY,
  ...more,
});
const attached = (deployment: string, more: object = {}, owner = ownerOf(`api-${deployment}`)) => ({
  workspace: WORKSPACE,
  quota: "api",
  deployment,
  owner,
  ...more,
});
const overridden = (deployment: string, values: object) =>
  attached(deployment, { fields: values }, ownerOf(`api-${deployment}-override`));
const quotasIn = (stack: Stack, place: string) => {
  const text = stack.world.place(place).object?.files.variables;
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
};

describe("another kind of shared object, declared here alone", () => {
  it("lives: linked, overridden, reached, drifted, healed, guarded, gone", async () => {
    const stack = newStack();
    await stack.createWorkspace("prod", "dev");
    const api = await stack.create("variable", quota());
    expect(api.id).to.equal(KEY);
    expect(quotasIn(stack, "prod"), "nothing is linked").to.equal(undefined);
    const link = await stack.create("variable-link", attached("prod"));
    const linkToDev = await stack.create("variable-link", attached("dev", { limit: 20 }));
    const override = await stack.create("override", overridden("dev", { token: "dev's" }));
    expect(quotasIn(stack, "prod")).to.deep.equal({ api: { limit: 10, token: CANARY } });
    expect(quotasIn(stack, "dev")).to.deep.equal({ api: { limit: 20, token: "dev's" } });
    await expectUnchanged(api, quota());
    await expectUnchanged(linkToDev, attached("dev", { limit: 20 }));
    await expectUnchanged(override, overridden("dev", { token: "dev's" }));

    const { checked: reach } = await api.preview(quota({ limit: 11 }));
    expect(reach.inputs["appliesTo"]).to.match(/^prod; unchanged by overrides: dev \(change \d+: limit\)$/);
    await api.up(quota({ limit: 11 }));
    expect(quotasIn(stack, "prod")).to.deep.equal({ api: { limit: 11, token: CANARY } });
    const { checked: rotated } = await api.preview(quota({ limit: 11, token: "new" }));
    expect(rotated.inputs["fingerprints"]).to.not.deep.equal(api.inputs["fingerprints"]);

    await stack.meddle<SharedDocument>(KEY, (document) => ({ ...document, base: { limit: 99, token: CANARY } }));
    const { checked: drifted } = await api.preview(quota({ limit: 11 }));
    expect(drifted.inputs["drift"]).to.deep.equal(["limit: changed outside Pulumi"]);
    await api.up(quota({ limit: 11 }));
    await expectUnchanged(api, quota({ limit: 11 }));
    expect(quotasIn(stack, "prod")).to.deep.equal({ api: { limit: 11, token: CANARY } });

    const used = await stack.refusal(api.delete());
    expect(used.message)
      .to.contain('quota "api" is still used by')
      .and.contain('link to "prod"')
      .and.contain('override in "dev"');
    await override.delete();
    await link.delete();
    await linkToDev.delete();
    expect(quotasIn(stack, "prod")).to.equal(undefined);
    await api.delete();
    await expectGone(api);
    expect(stack.shown()).to.not.contain(CANARY);
  });

  it("is shared with all but the excluded, and the others lose it with the sharing", async () => {
    const stack = newStack();
    await stack.createWorkspace("prod", "dev");
    const toAll = quota({ sharing: "LinkedToAll", exclude: ["dev"] });
    const api = await stack.create("variable", toAll);
    await stack.create("deployment", inputs.deployment("later"));
    expect(["prod", "dev", "later"].map((name) => quotasIn(stack, name) !== undefined)).to.deep.equal([
      true,
      false,
      true,
    ]);
    const { checked } = await stack.resource("variable-link").preview(attached("dev"));
    expect(checked.failures[0]?.reason).to.contain("the quota excludes this Deployment");
    expect((await api.preview(quota())).checked.inputs["appliesTo"]).to.contain("no longer later, prod");
    await api.up(quota());
    expect(quotasIn(stack, "later")).to.equal(undefined);
  });

  it("collides with its own kind only", async () => {
    const stack = newStack();
    await stack.createWorkspace("prod");
    await stack.create("connection", inputs.connection("api", { sharing: "LinkedToAll" }));
    await stack.create("variable", quota({ sharing: "LinkedToAll" }));
    const own = quota({ deployment: "prod", owner: ownerOf("own") });
    const { checked } = await stack.resource("variable").preview(own);
    expect(checked.failures[0]?.reason).to.contain('would get two quotas "api"').and.contain("exclude");
    await stack.refusal(stack.create("variable", own));
    expect(stack.world.documents()).to.have.length(4);
  });

  it("keeps what its rules refuse out of the store, a link's and an Override's values too", async () => {
    const stack = newStack();
    await stack.createWorkspace("prod");
    await stack.create("variable", quota());
    const before = stack.world.documents();
    for (const [kind, news, reason] of [
      ["variable", quota({ quota: "other", limit: -1 }), "limit: must not be negative"],
      ["variable", quota({ quota: "other", host: "x" }), "host: is not a field of this resource"],
      ["variable-link", attached("prod", { limit: -1 }), "limit: must not be negative"],
      ["variable-link", attached("nowhere"), 'Deployment "nowhere" does not exist'],
      ["variable-link", { ...attached("prod"), quota: "none" }, 'quota "none" does not exist'],
      ["override", overridden("prod", { limit: 1 }), "the Deployment does not get this quota; add a QuotaLink"],
    ] as const) {
      const { checked } = await stack.resource(kind).preview(news);
      expect(checked.failures.map((failure) => failure.reason).join(), kind).to.contain(reason);
    }
    expect(stack.world.documents()).to.deep.equal(before);
  });

  it("keeps its Deployment, is told from another owner's, and is stored though a target is down", async () => {
    const stack = newStack();
    await stack.createWorkspace();
    const prod = await stack.create("deployment", inputs.deployment("prod"));
    await stack.create("variable", quota());
    const link = await stack.create("variable-link", attached("prod"));
    expect((await stack.refusal(prod.delete())).message).to.contain('a link of quota "api"');
    const { checked } = await stack.resource("variable").preview(quota({ owner: ownerOf("api", "other") }));
    expect(checked.failures[0]?.reason).to.contain(`already exists and belongs to ${ownerOf("api")}`);
    const down = { before: failing("target", unreachable()) };
    expect((await stack.refusal(link.up(attached("prod", { limit: 5 }), down))).code).to.equal("partial");
    await link.up(attached("prod", { limit: 5 }));
    expect(quotasIn(stack, "prod")).to.deep.equal({ api: { limit: 5, token: CANARY } });
  });
});
