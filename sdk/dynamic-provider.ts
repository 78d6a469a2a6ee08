import type * as pulumi from "@pulumi/pulumi";
import type { Kind } from "../provider/resources/contract";
import type { Properties } from "../provider/resources/declaration/values";

/**
 * The code that Pulumi stores in the state of each resource: it captures the kind and nothing else, and loads the
 * handlers by package name when it is called. The imported path is an API; states of every release hold it.
 */
function dynamicProvider(kind: Kind): pulumi.dynamic.ResourceProvider<Properties, Properties> {
  const load = async () => (await import("pulumi-airflow-env/provider/handlers")).handlers[kind];
  return {
    check: async (olds, news) => (await load()).check(olds, news),
    diff: async (id, olds, news) => (await load()).diff(id, olds, news),
    create: async (inputs) => (await load()).create(inputs),
    read: async (id, props) => (await load()).read(id, props ?? {}),
    update: async (id, olds, news) => (await load()).update(id, olds, news),
    delete: async (id, props) => (await load()).delete(id, props),
  };
}

/** One shell per kind: Pulumi serialises each object once, however many resources use it. */
export const providers: Record<Kind, pulumi.dynamic.ResourceProvider> = {
  workspace: dynamicProvider("workspace"),
  deployment: dynamicProvider("deployment"),
  connection: dynamicProvider("connection"),
  "connection-link": dynamicProvider("connection-link"),
  override: dynamicProvider("override"),
  variable: dynamicProvider("variable"),
  "variable-link": dynamicProvider("variable-link"),
};
