import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import * as lookup from "../../catalog/lookup";
import { systemClock } from "../../provider/clock";
import { createHandlers } from "../../provider/handlers";
import { Projector } from "../../provider/projection/projector";
import type { HandlerContext, Kind } from "../../provider/resources/contract";
import type { DynamicHandler } from "../../provider/pulumi/dynamic";
import { Outlook } from "../../provider/resources/outlook";
import { WorkspaceStore } from "../../provider/workspace/workspace-store";
import { targetAccess } from "../../provider/targets/registry";
import type { Airflow } from "../../tools/servers/airflow.mjs" with { "resolution-mode": "import" };
import { memoryStore } from "../fakes/memory-store";
import { connIds, wildConnections } from "../provider/projection/arbitraries";
import type { Properties } from "../../provider/resources/declaration/values";

const WORKSPACE = { name: "data", store: "local:unused" };
const FIELDS = ["description", "host", "login", "password", "schema", "port"] as const;

type Fields = Record<string, unknown>;

/** One connection with what is attached to it in the Deployment; most are valid, many are not. */
interface Declared {
  connId: string;
  fields: Fields;
  isShared: boolean;
  link: Fields | undefined;
  override: Fields | undefined;
}

const clearing = fc
  .subarray([...FIELDS, "extra"])
  .map((names) => Object.fromEntries(names.map((name) => [name, null])));
const patches = fc
  .tuple(wildConnections, clearing, fc.boolean())
  .map(([{ connId: _, connType: __, ...fields }, cleared, doClear]) => ({ ...fields, ...(doClear && cleared) }));
const declarations: fc.Arbitrary<Declared[]> = fc.uniqueArray(
  fc.record({
    connId: connIds,
    fields: wildConnections.map(({ connId: _, ...fields }) => fields as Fields),
    isShared: fc.boolean(),
    link: fc.option(patches, { nil: undefined }),
    override: fc.option(patches, { nil: undefined }),
  }),
  { selector: ({ connId }) => connId, minLength: 1, maxLength: 3 },
);

/** The handlers on a store in memory; targets are the real ones. */
function startProvider(): Record<Kind, DynamicHandler> {
  const documents = new WorkspaceStore(WORKSPACE.name, memoryStore());
  const open = {
    documents,
    projector: new Projector(documents, targetAccess),
    outlook: new Outlook(documents, systemClock),
  };
  const context: HandlerContext = {
    open: () => Promise.resolve(open),
    name: () => undefined,
    isNamed: () => false,
    catalog: lookup,
    clock: systemClock,
    warn: () => undefined,
    random: (bytes) => Buffer.alloc(bytes, 1).toString("base64url"),
    workingFolder: tmpdir(),
    readEnvironment: () => undefined,
    readFile: () => Promise.reject(new Error("no files here")),
  };
  return createHandlers(context);
}

/** RFC 7396, written again so that the code under test does not judge itself. */
function patched(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? Object.entries(target) : [];
  const result = new Map<string, unknown>(base);
  for (const [key, value] of Object.entries(patch))
    if (value === null) result.delete(key);
    else result.set(key, patched(result.get(key), value));
  return Object.fromEntries(result);
}

/**
 * What a connection's own fields mean: as an export writes them, null and empty text are not set, `extra` may be JSON
 * text and a port digits. In a link or an Override empty text is a value, and null clears.
 */
function declaredFields(fields: Fields): Map<string, unknown> {
  const isNothing = (field: string, value: unknown) =>
    value === null ||
    value === "" ||
    (field === "extra" && typeof value === "string" && ["", "null"].includes(value.trim()));
  const set = Object.entries(fields).filter(([field, value]) => !isNothing(field, value));
  return new Map(set.map(([field, value]) => [field, written(field, value)]));
}

/** As text from an export or from configuration means it. */
function written(field: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (field === "port") return Number(value);
  return field === "extra" ? (JSON.parse(value) as unknown) : value;
}

/** What Airflow must read. */
function expectedOf({ fields, link, override }: Declared): Fields {
  const effective = declaredFields(fields);
  for (const layer of [link, override])
    for (const [field, value] of Object.entries(layer ?? {}).map(
      ([name, given]) => [name, written(name, given)] as const,
    ))
      effective.set(field, field === "extra" && value !== null ? patched(effective.get("extra") ?? {}, value) : value);
  const read = Object.fromEntries(FIELDS.map((field) => [field, effective.get(field) ?? null]));
  return plain({ conn_type: effective.get("connType"), ...read, extra_dejson: effective.get("extra") ?? {} }) as Fields;
}

/** As JSON.parse makes it: ordinary prototypes, and -0 is 0. */
function plain(value: unknown): unknown {
  if (value === 0) return 0;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, plain);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

for (const version of ["3.3.2", "2.11.2"] as const)
  describe(`Airflow ${version} and what check accepts`, () => {
    let airflow: Airflow;
    const folder = mkdtempSync(join(tmpdir(), "airflow-env-properties-"));
    let runs = 0;

    before(async () => {
      const { startAirflow } = await import("../../tools/servers/airflow.mjs");
      airflow = await startAirflow(version);
    });

    after(async () => {
      await airflow?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it("reads back every field of all connections, links and overrides, so what it would lose is refused", async () => {
      const seen = { accepted: 0, refused: 0, merged: 0 };
      await fc.assert(
        fc.asyncProperty(declarations, async (declared) => {
          const provider = startProvider();
          /** False: refused by `check`. What it accepts must succeed. */
          const create = async (handler: DynamicHandler, inputs: Properties): Promise<boolean> => {
            const checked = await handler.check({}, { owner: "o/p/s::r", ...inputs });
            if (checked.failures.length > 0) return false;
            await handler.create(checked.inputs);
            return true;
          };
          const path = join(folder, String(++runs));
          await create(provider.workspace, WORKSPACE);
          await create(provider.deployment, { workspace: WORKSPACE, name: "d", target: { directory: { path } } });
          const expected = new Map<string, Fields>();
          for (const one of declared) {
            const { connId, fields, isShared } = one;
            const sharing = isShared ? "LinkedToAll" : "Restricted";
            const pair = { workspace: WORKSPACE, connId, deployment: "d" };
            if (!(await create(provider.connection, { workspace: WORKSPACE, connId, ...fields, sharing }))) {
              seen.refused++;
              continue;
            }
            const overrides = one.link && { overrides: one.link };
            const isLinked =
              (!isShared || one.link) && (await create(provider["connection-link"], { ...pair, ...overrides }));
            if (!isShared && !isLinked) continue;
            const isOverridden = one.override && (await create(provider.override, { ...pair, fields: one.override }));
            if (isOverridden || isLinked) seen.merged++;
            seen.accepted++;
            const [link, override] = [isLinked ? one.link : undefined, isOverridden ? one.override : undefined];
            expected.set(connId, expectedOf({ ...one, link, override }));
          }
          const found = await airflow.read(join(path, "connections.json"), "all");
          expect(Object.keys(found)).to.have.members([...expected.keys()]);
          for (const [connId, wanted] of expected) {
            const { conn_id: _, extra: __, ...actual } = new Map(Object.entries(found)).get(connId)!;
            if (!isDeepStrictEqual(plain(actual), wanted)) expect(actual, connId).to.deep.equal(wanted);
          }
        }),
        { numRuns: 200 },
      );
      for (const count of Object.values(seen)) expect(count).to.be.greaterThan(20);
    });
  });
