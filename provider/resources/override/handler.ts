import { ConflictError } from "../../errors";
import type { ConnectionDocument } from "../../model/documents";
import { receives } from "../../model/resolve";
import type { Handler, HandlerContext, OpenWorkspace } from "../handler";
import { keyOf, pieceHandler, withEntry, type PieceInputs, type PieceKind } from "../piece";
import { checkOverride } from "./inputs";

/** A link of the same program may be created at the same moment, in ms. */
const LINK_WAIT_MS = 5_000;
const LINK_POLL_MS = 100;
/** Where no link is announced yet, in ms: the engine may still be checking it. */
const ANNOUNCEMENT_WAIT_MS = 1_500;

const overridePiece: PieceKind = {
  noun: "override",
  valuesKey: "fields",
  check: checkOverride,

  find(document, deployment) {
    if (!document || !Object.hasOwn(document.overrides, deployment)) return undefined;
    const override = document.overrides[deployment];
    if (!override) return undefined;
    const { fields: values, ...owned } = override;
    return { ...owned, values };
  },

  with(document, deployment, piece) {
    if (!piece) return { ...document, overrides: withEntry(document.overrides, deployment, undefined) };
    const { values: fields, ...owned } = piece;
    return { ...document, overrides: withEntry(document.overrides, deployment, { ...owned, fields }) };
  },

  requireAllowed(_open, document, deployment, what) {
    if (receives(document, deployment)) return;
    throw new ConflictError(
      `${what}: the Deployment does not get this connection; add a ConnectionLink, or share it with LinkedToAll`,
    );
  },

  async ready(open, inputs, clock) {
    const startedAt = clock.now();
    const waitMs = () => (isLinkComing(open, inputs) ? LINK_WAIT_MS : ANNOUNCEMENT_WAIT_MS);
    while (!(await isReceived(open, inputs)) && clock.now() - startedAt < waitMs()) await clock.sleep(LINK_POLL_MS);
  },
};

/** Field values that replace a connection's own in one Deployment. */
export const overrideHandler = (context: HandlerContext): Handler => pieceHandler(overridePiece, context);

async function isReceived(open: OpenWorkspace, inputs: PieceInputs): Promise<boolean> {
  const key = keyOf(inputs);
  const cached = open.documents.peek<ConnectionDocument>(key);
  if (cached && receives(cached, inputs.deployment)) return true;
  const stored = await open.documents.find<ConnectionDocument>(key);
  return stored !== undefined && receives(stored, inputs.deployment);
}

function isLinkComing(open: OpenWorkspace, inputs: PieceInputs): boolean {
  return open.projector.gathering.isExpected(`${keyOf(inputs)}#link/${inputs.deployment}`);
}
