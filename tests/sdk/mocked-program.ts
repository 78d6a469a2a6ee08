import * as pulumi from "@pulumi/pulumi";

/** Key by which Pulumi marks a wrapped value, such as a secret. */
const MARK = "4dabf18193072939515e22adb298388d";

/** A program without engine; its resources answer with their inputs. */
export interface MockedProgram {
  /** What a resource sends to the engine; a secret reads as `{ secret: value }`. */
  inputsOf(resource: pulumi.CustomResource, name: string): Promise<Record<string, unknown>>;
  /** Names of the resources that an input depends on, by input. */
  dependenciesOf(resource: pulumi.CustomResource, name: string): Promise<Record<string, string[]>>;
  /** Type token by resource name. */
  readonly types: Map<string, string>;
}

/** The part of Pulumi's request that its mocks do not pass on. */
interface Registration {
  getName(): string;
  getPropertydependenciesMap(): {
    forEach(see: (dependencies: { getUrnsList(): string[] }, input: string) => void): void;
  };
}

/** Sets mocks and config for the tests of one `describe`, and takes the config away after each test. */
export function useMockedProgram(): MockedProgram {
  const registered = new Map<string, Record<string, unknown>>();
  const types = new Map<string, string>();
  const dependencies = new Map<string, Record<string, string[]>>();
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
    const monitor = pulumi.runtime.getMonitor() as unknown as {
      registerResource(request: Registration, answer: unknown): unknown;
    };
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, answer) => {
      const byInput: Record<string, string[]> = {};
      request.getPropertydependenciesMap().forEach((of, input) => {
        byInput[input] = of.getUrnsList().map((urn) => urn.split("::").at(-1) ?? "");
      });
      dependencies.set(request.getName(), byInput);
      return register(request, answer);
    };
  });
  afterEach(() => pulumi.runtime.setAllConfig({}));
  const registration = (resource: pulumi.CustomResource) => new Promise((resolve) => resource.urn.apply(resolve));
  return {
    types,
    async dependenciesOf(resource, name) {
      await registration(resource);
      return dependencies.get(name) ?? {};
    },
    async inputsOf(resource, name) {
      await registration(resource);
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
