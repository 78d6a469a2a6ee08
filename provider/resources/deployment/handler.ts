import { ProviderError } from "../../errors";
import type { ProjectionFailure } from "../../projection/projector";
import type { DeploymentDocument } from "../../environment/documents";
import { isDeepStrictEqual } from "node:util";
import { openToDelete } from "../access";
import type { Handler, HandlerContext } from "../contract";
import type { DeclaredKind } from "../declared-kind";
import type { Properties } from "../declaration/values";
import { requireRemoved } from "../outcome";
import { isOwner, mayRemove } from "../ownership";
import { claimOf, isLive, knownWorkspaceOf, pendingOf, refreshed } from "../record";
import { checkDeployment, compare } from "./check";
import { describeDeployment, keyOf, parseDeployment, requireDeployment } from "./declaration";
import { answer, compareDeployment } from "./diff";
import { requireUnused } from "./guards";
import { leavePlaces, recordedTarget, removePlace } from "./places";
import { writeDeployment } from "./write";

/** Keeps one Deployment and the target that its Airflow reads equal to what is declared. */
export function deploymentHandler(kinds: ReadonlyMap<string, DeclaredKind>, context: HandlerContext): Handler {
  return {
    check: (olds, news) => checkDeployment(context, kinds, olds, news),

    async diff(_id, olds, news) {
      const declared = parseDeployment(news, context.workingFolder);
      if (!declared || !isLive(news)) return answer(compareDeployment(olds, news, undefined), false, false, olds, news);
      const open = await context.open(declared.workspace);
      await open.documents.snapshot();
      const recorded = recordedTarget(olds, context.workingFolder);
      if (recorded) open.outlook.recordTarget(declared.name, recorded);
      const { difference, targetDrift, isWorkspaceThere } = await compare(context, open, declared, olds, news);
      const isLeft = targetDrift.length > 0 || pendingOf(olds).length > 0;
      const result = answer(difference, isLeft, isWorkspaceThere, olds, news);
      if (!result.changes) open.projector.gathering.retract(keyOf(declared));
      return result;
    },

    create: (inputs) => writeDeployment(context, kinds, inputs),

    async read(_id, props) {
      const { workspace, name, document: last } = requireDeployment(props, context.workingFolder);
      const open = await context.open(workspace);
      const { deployments } = await open.documents.snapshot();
      const actual = deployments.get(name);
      if (!actual || !isOwner(actual, claimOf(props))) return undefined;
      const inputs = { workspace, ...asDeclared(actual, last, props) };
      const ownTarget = recordedTarget(props, context.workingFolder);
      return { inputs, outputs: { ...inputs, ...refreshed(actual, { ...props, ownTarget }) } };
    },

    update: (_id, olds, news) => writeDeployment(context, kinds, news, olds),

    async delete(_id, props) {
      const what = describeDeployment(props);
      const declared = requireDeployment(props, context.workingFolder);
      const { name } = declared;
      const own = recordedTarget(props, context.workingFolder) ?? declared.document.target;
      const open = await openToDelete(context, knownWorkspaceOf(props));
      await open.projector.gathering.during(keyOf(declared), async () => {
        // Whoever has linked it since the run began is asked first.
        const { workspace, deployments } = await open.documents.refresh();
        const places = [own];
        const present = deployments.get(name);
        if (workspace && present && mayRemove(present, claimOf(props), props)) {
          requireUnused(open, name, what);
          // While the document is there, it remembers them.
          const left = await leavePlaces(context, open, present, workspace.uid, own);
          if (left.length > 0)
            throw new ProviderError(
              "partial",
              left.map(({ error }) => `${what} is not deleted: ${error.message}`).join("\n"),
            );
        }
        await open.documents.changeDeployment(name, (current) => {
          if (!current || !mayRemove(current, claimOf(props), props)) return current;
          requireUnused(open, name, what);
          if (!isDeepStrictEqual(current.target, own)) places.push(current.target);
          return undefined;
        });
        open.projector.forget(name);
        if (!workspace || open.documents.cached.deployments.has(name)) return;
        const failures: ProjectionFailure[] = [];
        for (const target of places)
          failures.push(...(await removePlace(open, declared, workspace.uid, { target, trusted: target === own })));
        requireRemoved(context, what, failures);
      });
    },

    secretsIn: () => [],
  };
}

/** What a refresh takes over; a document may hold anything beside it. */
const DECLARED = [
  "name",
  "owner",
  "target",
  "airflowVersion",
  "runtimeVersion",
  "providers",
  "strict",
  "secretsFetching",
] as const satisfies (keyof DeploymentDocument)[];

/** Stored paths are absolute and packages sorted: what is stored as declared reads as it was declared. */
function asDeclared(actual: DeploymentDocument, last: DeploymentDocument, props: Properties): Properties {
  return Object.fromEntries(
    DECLARED.filter((field) => actual[field] !== undefined).map((field) => [
      field,
      isDeepStrictEqual(last[field], actual[field]) ? props[field] : actual[field],
    ]),
  );
}
