import * as pulumi from "@pulumi/pulumi";

/** Stands for the stack where a program has none, as in unit tests with mocks. */
const noStack = {};

/**
 * The running program, as a key: with Pulumi's Automation API one process runs several, one after the other, and what
 * one of them declared is nothing to the next.
 */
export function runningProgram(): object {
  return (pulumi.runtime.getStackResource() as object | undefined) ?? noStack;
}
