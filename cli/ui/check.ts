import { missingProvider, requiredProviderPackage } from "../../catalog/lookup";
import { bytesOf } from "../../provider/airflow/file";
import type { Projector } from "../../provider/projection/projector";
import type { Snapshot } from "../../provider/workspace/snapshot";
import { differences, type Difference } from "../differences";
import { describeFailure } from "../failure";

/** What only documents and targets can tell of one Deployment; names and sizes, never values. */
export interface Checked {
  deployment: string;
  at: Date;
  /** For people. */
  target?: string;
  /** Undefined when it could not be found out. */
  differences?: Difference[];
  /** Set for what is wrong with the target as a whole. */
  reason?: string;
  /** Of what it should hold. */
  bytes?: number;
  /** Undefined where the target has no limit. */
  maxBytes?: number;
  /** Provider packages that its document names; undefined when it names none. */
  providers?: string[];
}

/**
 * Compares one Deployment's target with the documents; nothing is written.
 *
 * @param documents - as read by the projector.
 */
export async function checkDeployment(projector: Projector, documents: Snapshot, deployment: string): Promise<Checked> {
  const { providers } = documents.deployments.get(deployment) ?? {};
  const known = { deployment, at: new Date(), ...(providers && { providers }) };
  try {
    const compared = await projector.compare(deployment);
    const { address, maxBytes } = compared.target;
    return {
      ...known,
      target: address,
      differences: differences(compared),
      reason: compared.notMade?.replace(/^[: ]+/, ""),
      bytes: bytesOf(compared.rendered),
      ...(Number.isFinite(maxBytes) && { maxBytes }),
    };
  } catch (error) {
    return { ...known, reason: describeFailure(error).message };
  }
}

/** Whether an object's entry differs in the target. */
export function isDrifted({ differences }: Checked, kind: "connection" | "variable", id: string): boolean {
  return differences?.some((one) => one.file === `${kind}s` && one.id === id) === true;
}

/**
 * The provider package that a Deployment lacks for a connection.
 *
 * @returns undefined also where its document does not say what it has.
 */
export function missingPackage(
  { providers }: Pick<Checked, "providers">,
  versions: { airflowVersion?: string; runtimeVersion?: string },
  connType: string | undefined,
): string | undefined {
  if (connType === undefined || !providers || requiredProviderPackage(connType) === undefined) return undefined;
  return missingProvider(connType, providers, versions);
}
