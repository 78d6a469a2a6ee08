import * as pulumi from "@pulumi/pulumi";
import type { PairArgs } from "./pair";
import { runningProgram } from "./program";

type Name = object | string;

const programs = new WeakMap<object, { connection: Name; deployment: Name; link: pulumi.Resource }[]>();

/** Remembers a link of the running program, for Overrides of the same pair. */
export function rememberLink(pair: PairArgs, link: pulumi.Resource): void {
  const program = runningProgram();
  programs.set(program, [...(programs.get(program) ?? []), { ...namesOf(pair), link }]);
}

/** Links of a pair declared so far: an Override must be created after them and go before them. */
export function linksOf(pair: PairArgs): pulumi.Resource[] {
  const { connection, deployment } = namesOf(pair);
  return (programs.get(runningProgram()) ?? [])
    .filter((other) => other.connection === connection && other.deployment === deployment)
    .map(({ link }) => link);
}

/** Resources are told apart by identity, others by name; a name that is an output matches itself only. */
function namesOf({ connection, deployment }: PairArgs): { connection: Name; deployment: Name } {
  return { connection: nameOf(connection, "connId"), deployment: nameOf(deployment, "name") };
}

function nameOf(reference: object | string, key: string): Name {
  if (typeof reference === "string" || pulumi.Resource.isInstance(reference)) return reference;
  const name: unknown = new Map(Object.entries(reference)).get(key);
  return typeof name === "string" ? name : reference;
}
