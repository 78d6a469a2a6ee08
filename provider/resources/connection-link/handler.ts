import { ConflictError } from "../../errors";
import { documentKeys, type ConnectionDocument } from "../../model/documents";
import { collision } from "../../model/resolve";
import type { Handler, HandlerContext } from "../handler";
import { keyOf, pieceHandler, withEntry, type PieceKind } from "../piece";
import { describeMissing, missingPackages, requirePackages } from "../requirements";
import { checkConnectionLink } from "./inputs";

const linkPiece: PieceKind = {
  noun: "link",
  valuesKey: "overrides",
  check: checkConnectionLink,

  find(document, deployment) {
    if (!document || !Object.hasOwn(document.links, deployment)) return undefined;
    const link = document.links[deployment];
    if (!link) return undefined;
    const { overrides: values, ...owned } = link;
    return { ...owned, values };
  },

  with(document, deployment, piece) {
    if (!piece) return { ...document, links: withEntry(document.links, deployment, undefined) };
    const { values: overrides, ...owned } = piece;
    return { ...document, links: withEntry(document.links, deployment, { ...owned, overrides }) };
  },

  judge(open, inputs, catalog) {
    const document = open?.documents.peek<ConnectionDocument>(keyOf(inputs));
    const deployment = open?.documents.cached.deployments.get(inputs.deployment);
    if (!document || !deployment) return {};
    const missing = missingPackages(catalog, deployment, [document]);
    const texts = missing.map(describeMissing);
    return deployment.strict ? { refused: texts[0] } : { warnings: texts };
  },

  requireAllowed(open, document, deployment, what, catalog) {
    if (document.exclude.includes(deployment))
      throw new ConflictError(
        `${what}: the connection excludes this Deployment (${document.owner}); remove one of the two`,
      );
    const own = documentKeys.connection(open.documents.name, document.connId, deployment);
    const other = open.documents.peek<ConnectionDocument>(own);
    if (other) throw collision(deployment, document, other);
    const target = open.documents.cached.deployments.get(deployment);
    if (target) requirePackages(missingPackages(catalog, target, [document]));
  },
};

/** Makes a Workspace-level connection available in one Deployment. */
export const connectionLinkHandler = (context: HandlerContext): Handler => pieceHandler(linkPiece, context);
