import { depthProblem } from "../../catalog/lookup";
import { PartialCreateError, problemText, ProviderError, type InputProblem } from "../errors";
import { redact } from "../redact";
import { isRecord, type Properties } from "../resources/declaration/values";

/**
 * What is said of a problem of a resource. Pulumi's own text begins with the resource's name: another name of the same
 * thing is worth saying, the same is not.
 *
 * @param subject - for example `connection "warehouse"`.
 */
export function failureText(subject: string, problem: InputProblem, { owner }: Properties): string {
  const text = problemText(problem);
  const name = typeof owner === "string" ? owner.slice(owner.indexOf("::") + 2) : undefined;
  return name !== undefined && subject.endsWith(` "${name}"`) ? text : `${subject}: ${text}`;
}

/** Everything behind walks by recursion, which ends in a stack overflow some thousand levels down. */
export function depthProblems(news: Properties): string[] {
  const groups = Object.entries(news).flatMap(([name, value]): [string, unknown][] =>
    isRecord(value) ? Object.entries(value).map(([key, item]) => [`${name}.${key}`, item]) : [[name, value]],
  );
  return groups.flatMap(([name, value]) => {
    const problem = depthProblem(value, name);
    return problem ? [`${problem.field}: ${problem.reason}`] : [];
  });
}

/** The error that may be shown for one that was thrown: Pulumi prints it, and only our own messages may leave. */
export function toPrintable(error: unknown): ProviderError {
  const ours = error instanceof ProviderError;
  const safe =
    error instanceof PartialCreateError
      ? error
      : new ProviderError(ours ? error.code : "failed", ours ? error.message : redact(error));
  // Pulumi prints the message and, for most verbs, the stack after it; frames of ours tell the user nothing.
  const wantsStack = process.env["AIRFLOW_ENV_DEBUG"] === "1" && error instanceof Error;
  // The lines before the frames repeat the message, of which a vendor's further lines may hold values.
  const frames = (error as Error).stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  safe.stack = wantsStack ? frames.join("\n") : "";
  return safe;
}
