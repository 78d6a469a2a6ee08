import * as pulumi from "@pulumi/pulumi";

/** Stands for the stack where there is neither a stack nor an engine. */
const noStack = {};

/**
 * The running program, as a key: with Pulumi's Automation API one process runs several, one after the other, and what
 * one of them declared is nothing to the next. In unit tests each `setMocks` begins another.
 */
export function runningProgram(): object {
  return (pulumi.runtime.getStackResource() as object | undefined) ?? mocks() ?? noStack;
}

/** Whether there are mocks in place of an engine, as in unit tests. */
export function isMocked(): boolean {
  return mocks() !== undefined;
}

function mocks(): object | undefined {
  const monitor: object | undefined = pulumi.runtime.hasMonitor() ? pulumi.runtime.getMonitor() : undefined;
  return monitor !== undefined && "mocks" in monitor ? monitor : undefined;
}
