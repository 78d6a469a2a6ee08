/** What is known of a Deployment's Airflow. */
export interface DeploymentVersions {
  /** Airflow's own version, such as `3.1.8`, `2.10` or `2`; goes before the Runtime's. */
  readonly airflowVersion?: string | undefined;
  /** Astro Runtime's version, such as `13.1.0` or `3.1-4`. */
  readonly runtimeVersion?: string | undefined;
}

/**
 * The major version of a Deployment's Airflow.
 *
 * Astro Runtime 4.0.0 to 13.x.y contain Airflow 2; since `3.0-1` its version begins with Airflow's own.
 *
 * @returns `undefined` when no version is given, or one that this catalog does not describe.
 * @see https://www.astronomer.io/docs/runtime/runtime-version-lifecycle-policy
 */
export function airflowMajor({ airflowVersion, runtimeVersion }: DeploymentVersions): 2 | 3 | undefined {
  if (airflowVersion !== undefined) return described(leadingNumber(airflowVersion));
  if (runtimeVersion === undefined) return undefined;
  const number = leadingNumber(runtimeVersion);
  const followsAirflow = /^\s*\d+\.\d+-\d/.test(runtimeVersion);
  return !followsAirflow && number >= 4 && number <= 13 ? 2 : described(number);
}

const leadingNumber = (version: string): number => Number.parseInt(version.trim().replace(/^v/i, ""), 10);

const described = (major: number): 2 | 3 | undefined => (major === 2 || major === 3 ? major : undefined);
