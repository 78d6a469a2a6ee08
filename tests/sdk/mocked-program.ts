import * as pulumi from "@pulumi/pulumi";

/** Key by which Pulumi marks a wrapped value, such as a secret. */
const MARK = "4dabf18193072939515e22adb298388d";

/** A program without engine; its resources answer with their inputs. */
export interface MockedProgram {
  /** What a resource sends to the engine; a secret reads as `{ secret: value }`. */
  inputsOf(resource: pulumi.CustomResource, name: string): Promise<Record<string, unknown>>;
  /** Type token by resource name. */
  readonly types: Map<string, string>;
}

/** Sets mocks and config for the tests of one `describe`, and takes the config away after each test. */
export function useMockedProgram(): MockedProgram {
  const registered = new Map<string, Record<string, unknown>>();
  const types = new Map<string, string>();
  before(async () => {
    const mocks: pulumi.runtime.Mocks = {
      newResource: ({ name, type, inputs }) => {
        registered.set(name, inputs as Record<string, unknown>);
        types.set(name, type);
        return { id: `${name}-id`, state: inputs as Record<string, unknown> };
      },
      call: () => ({}),
    };
    await pulumi.runtime.setMocks(mocks, "project", "stack", false, "organization");
  });
  afterEach(() => pulumi.runtime.setAllConfig({}));
  return {
    types,
    async inputsOf(resource, name) {
      await new Promise((resolve) => resource.urn.apply(resolve));
      const { __provider: _, ...inputs } = registered.get(name) ?? {};
      return readable(inputs) as Record<string, unknown>;
    },
  };
}

function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (MARK in fields) return { secret: readable(fields["value"]) };
  return Object.fromEntries(Object.entries(fields).map(([key, inner]) => [key, readable(inner)]));
}
