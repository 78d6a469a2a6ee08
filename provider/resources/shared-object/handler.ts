import { isDeepStrictEqual } from "node:util";
import { receivers } from "../../environment/receive";
import { openToDelete, referenceSources } from "../access";
import type { Handler, HandlerContext } from "../contract";
import type { DeclaredKind } from "../declared-kind";
import { asDeclared } from "../declaration/as-declared";
import { tryToResolve } from "../declaration/references";
import { markSecrets } from "../declaration/secrets";
import { hasUnknown, isRecord, type Properties } from "../declaration/values";
import { requireRemoved } from "../outcome";
import { isOwner, mayRemove } from "../ownership";
import { project } from "../project";
import { claimOf, isLive, knownWorkspaceOf, pendingOf, refreshed } from "../record";
import { checkObject, compare } from "./check";
import { describeObject, isWhole, keyOf, parseDeclaration, requireDeclaration, wantedDocument } from "./declaration";
import { answer, compareObject } from "./diff";
import { requireUnattached } from "./guards";
import { outputsOf, writeObject } from "./write";

/** Keeps one shared object equal to its declaration, in the store and in every Deployment that gets it. */
export function sharedObjectHandler(kind: DeclaredKind, context: HandlerContext): Handler {
  const steering = [kind.idInput, "deployment", "owner", "sharing", "exclude"];

  return {
    check: (olds, news) => checkObject(context, kind, olds, news),

    async diff(_id, olds, news) {
      const declared = parseDeclaration(kind, news);
      // The engine also asks what would have to be replaced with a resource that this one depends on, by making inputs
      // unknown. Recorded references may lead nowhere by then.
      if (!declared || !isLive(news) || steering.some((name) => hasUnknown(news[name])))
        return answer(compareObject(kind.idInput, olds, news, undefined), news);
      const open = await context.open(declared.workspace);
      await open.documents.snapshot();
      const difference = answer(await compare(context, kind, open, olds, news), news);
      const changes = difference.changes || pendingOf(olds).length > 0;
      if (!changes) open.projector.gathering.retract(keyOf(kind.object, declared));
      return { ...difference, changes };
    },

    create: (inputs) => writeObject(context, kind, inputs),

    async read(_id, props) {
      const scope = requireDeclaration(kind, props);
      const open = await context.open(scope.workspace);
      await open.documents.snapshot();
      const actual = open.documents.peekShared(keyOf(kind.object, scope));
      if (!actual || !isOwner(actual, claimOf(props))) return undefined;
      const declared = kind.fieldsOf(props);
      const resolved = await tryToResolve(declared, referenceSources(context, open));
      const before = wantedDocument(kind, scope, resolved ?? declared, actual);
      const fields = isWhole(kind, declared)
        ? wholeAsDeclared(declared, resolved && before.base, actual.base)
        : asDeclared(declared, before.base, actual.base);
      // The kind's own fields alone: whatever else the document holds must not become an input of another meaning.
      const shown = isRecord(fields) ? kind.fieldsOf(fields) : {};
      const { owner, workspace, sharing, exclude, secretExtra, ignoreWarnings } = props;
      const inputs: Properties = {
        workspace,
        owner,
        [kind.idInput]: scope.id,
        ...(scope.deployment !== undefined && { deployment: scope.deployment }),
        ...kind.inputsOf(markSecrets(shown, kind.secretsOf(shown, props, context.catalog)), props),
        ...((actual.sharing === "LinkedToAll" || sharing !== undefined) && { sharing: actual.sharing }),
        ...excludedAsDeclared(exclude, before.exclude, actual.exclude),
        ...(secretExtra !== undefined && { secretExtra }),
        ...(ignoreWarnings !== undefined && { ignoreWarnings }),
      };
      const deployments = receivers(actual, open.documents.cached.deployments.keys());
      return { inputs, outputs: { ...outputsOf(inputs, deployments), ...refreshed(actual, props) } };
    },

    update: (_id, olds, news) => writeObject(context, kind, news, olds),

    async delete(_id, props) {
      const what = describeObject(kind, props);
      const key = keyOf(kind.object, requireDeclaration(kind, props));
      const open = await openToDelete(context, knownWorkspaceOf(props));
      open.outlook.trust(props["ownTargets"]);
      await open.projector.gathering.during(key, async () => {
        // Whoever has linked it since the run began is asked first.
        await open.documents.refresh();
        const changed = await open.documents.changeShared(key, (current) => {
          if (!current || !mayRemove(current, claimOf(props), props)) return current;
          requireUnattached(current, what);
          return undefined;
        });
        const deployments = (await open.documents.enumerateDeployments()).keys();
        // Absent already: an earlier delete may have ended before its projections, so look at all Deployments.
        const affected = changed.before ? receivers(changed.before, deployments) : [...deployments];
        const sequence = changed.written ? changed.sequence : 0;
        const failures = await project(open, new Map(affected.map((name) => [name, sequence])));
        requireRemoved(context, what, failures);
      });
    },

    secretsIn: (properties) => kind.secretsOf(kind.fieldsOf(properties), properties, context.catalog),
  };
}

/**
 * A reference that says all fields while it leads to what is stored, or nowhere: then nothing tells them apart. Else the
 * fields.
 */
function wholeAsDeclared(declared: object, wanted: object | undefined, stored: object): object {
  return wanted === undefined || isDeepStrictEqual(wanted, stored) ? declared : stored;
}

/** As it was declared while it means what is stored. */
function excludedAsDeclared(declared: unknown, wanted: string[], actual: string[]): Properties {
  if (!isDeepStrictEqual(wanted, actual)) return { exclude: actual };
  return declared === undefined ? {} : { exclude: declared };
}
