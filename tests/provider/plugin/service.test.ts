import { credentials, Server, ServerCredentials, status, type ServiceError } from "@grpc/grpc-js";
import * as grpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { expect } from "chai";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { TargetUnavailableError } from "../../../provider/errors";
import { NativeProvider } from "../../../provider/plugin/provider";
import { service } from "../../../provider/plugin/service";
import { WORKSPACE, World, type ProcessOptions } from "../../fakes/world";

type Method = Exclude<keyof grpc.IResourceProviderServer & keyof grpc.ResourceProviderClient & string, "list">;

const PASSWORD = "planted-password";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value });
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const struct = (properties: object) => Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
const urn = (type: string, name: string) => `urn:pulumi:test::project::airflow-env:${type}::${name}`;

/** One plugin on a port of its own, and the engine's side of it. */
class Plugin {
  readonly #server = new Server();
  #client: grpc.ResourceProviderClient | undefined;

  constructor(world: World, options: ProcessOptions = {}) {
    const { context } = world.process(options);
    this.#server.addService(grpc.ResourceProviderService, service(new NativeProvider("1.2.3", context)));
  }

  async start(configuration: object = { store: WORKSPACE.store }): Promise<this> {
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    this.#client = new grpc.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    await this.call("configure", new protocol.ConfigureRequest().setArgs(struct(configuration)));
    return this;
  }

  call<Response>(method: Method, request: object): Promise<Response> {
    return new Promise((resolve, reject) => {
      const send = this.#client?.[method] as (
        request: object,
        callback: (error: ServiceError | null, response: Response) => void,
      ) => void;
      send.call(this.#client, request, (error, response) => {
        if (error) reject(error);
        else resolve(response);
      });
    });
  }

  async check(
    type: string,
    name: string,
    news: object,
    olds?: Struct,
  ): Promise<{ inputs: Struct; failures: string[] }> {
    const request = new protocol.CheckRequest().setUrn(urn(type, name)).setNews(struct(news)).setOlds(olds);
    const response = await this.call<protocol.CheckResponse>("check", request);
    const failures = response.getFailuresList();
    expect(failures.map((failure) => failure.getProperty()).join("")).to.equal("");
    return { inputs: response.getInputs() ?? new Struct(), failures: failures.map((one) => one.getReason()) };
  }

  async make(type: string, name: string, news: object): Promise<protocol.CreateResponse> {
    const { inputs, failures } = await this.check(type, name, news);
    expect(failures).to.deep.equal([]);
    return this.call("create", new protocol.CreateRequest().setUrn(urn(type, name)).setProperties(inputs));
  }

  async failure(method: Method, request: object): Promise<ServiceError> {
    try {
      await this.call(method, request);
    } catch (error) {
      return error as ServiceError;
    }
    throw new Error(`${method} succeeded`);
  }

  stop(): void {
    this.#client?.close();
    this.#server.forceShutdown();
  }
}

describe("the plugin's service", () => {
  let world: World;
  let plugins: Plugin[];

  beforeEach(() => {
    world = new World();
    plugins = [];
  });

  afterEach(() => plugins.forEach((plugin) => plugin.stop()));

  async function started(options: ProcessOptions = {}, configuration?: object): Promise<Plugin> {
    const plugin = new Plugin(world, options);
    plugins.push(plugin);
    return plugin.start(configuration);
  }

  const workspace = { name: "data" };
  const warehouse = { workspace, connType: "postgres", host: "db.internal", password: PASSWORD };

  /** A Workspace, a Deployment and a connection that it gets. */
  async function made(plugin: Plugin): Promise<protocol.CreateResponse> {
    await plugin.make("index:Workspace", "data", {});
    await plugin.make("index:Deployment", "dev", { workspace, target: { directory: { path: "dev" } } });
    return plugin.make("index:Connection", "warehouse", { ...warehouse, sharing: "LinkedToAll" });
  }

  it("says who it is and what it understands", async () => {
    const plugin = await started();
    const shaken = await plugin.call<protocol.ProviderHandshakeResponse>(
      "handshake",
      new protocol.ProviderHandshakeRequest(),
    );
    expect(shaken.getAcceptSecrets()).to.equal(true);
    expect(shaken.getAcceptOutputs() || shaken.getAcceptResources()).to.equal(false);
    const configured = await plugin.call<protocol.ConfigureResponse>("configure", new protocol.ConfigureRequest());
    expect(configured.getAcceptsecrets() && configured.getSupportspreview()).to.equal(true);
    const answer = await plugin.call<protocol.GetSchemaResponse>("getSchema", new protocol.GetSchemaRequest());
    expect(JSON.parse(answer.getSchema())).to.include({ name: "airflow-env", version: "1.2.3" });
  });

  it("refuses a wrong configuration by its setting", async () => {
    const plugin = await started();
    const request = new protocol.CheckRequest().setNews(struct({ store: "nothing:x", liveDiff: "no" }));
    const response = await plugin.call<protocol.CheckResponse>("checkConfig", request);
    const reasons = response.getFailuresList().map((failure) => failure.getReason());
    expect(reasons.map((reason) => reason.split(":")[0])).to.deep.equal(["store", "liveDiff"]);
  });

  it("seals what is secret although the program has not, in inputs and outputs", async () => {
    const plugin = await started();
    const { inputs } = await plugin.check("index:Connection", "warehouse", {
      ...warehouse,
      extra: { token: PASSWORD, a: 1 },
    });
    expect(inputs.toJavaScript()).to.deep.include({ password: secret(PASSWORD), host: "db.internal" });
    expect(inputs.toJavaScript()["extra"]).to.deep.equal({ token: secret(PASSWORD), a: 1 });
    const created = await made(plugin);
    expect(created.getId()).to.equal("data/connections/warehouse");
    const outputs = created.getProperties()?.toJavaScript() ?? {};
    expect(outputs).to.deep.include({ password: secret(PASSWORD), deployments: ["dev"] });
    expect(outputs).to.deep.include({ workspace: WORKSPACE, owner: "organization/project/test::warehouse" });
    expect(world.content("dev")?.["warehouse"]).to.include({ password: PASSWORD });
  });

  it("keeps secret what the program has made so", async () => {
    const plugin = await started();
    const { inputs } = await plugin.check("index:Connection", "warehouse", {
      ...warehouse,
      host: secret("hidden.internal"),
    });
    expect(inputs.toJavaScript()["host"]).to.deep.equal(secret("hidden.internal"));
  });

  it("names the property of a problem in its reason, and no value", async () => {
    const plugin = await started();
    const { failures } = await plugin.check("index:Connection", "warehouse", {
      ...warehouse,
      port: PASSWORD,
      hots: PASSWORD,
    });
    expect(failures).to.have.lengthOf(2);
    expect(failures.join("\n"))
      .to.contain("port: must be")
      .and.contain("hots: is not a field")
      .and.not.contain(PASSWORD);
  });

  it("refuses what two resources of one run declare alike, and takes the same resource again", async () => {
    const plugin = await started();
    await plugin.make("index:Workspace", "data", {});
    await plugin.check("index:Connection", "one", { ...warehouse, connId: "same" });
    const again = await plugin.check("index:Connection", "one", { ...warehouse, connId: "same" });
    const other = await plugin.check("index:Connection", "two", { ...warehouse, connId: "same" });
    expect(again.failures).to.deep.equal([]);
    expect(other.failures[0]).to.contain('resources "one" and "two" declare the same connection "same"');
  });

  it("refuses a value that is nested too deep", async () => {
    const plugin = await started();
    let nested: object = {};
    for (let level = 0; level < 200; level++) nested = { nested };
    const { failures } = await plugin.check("index:Connection", "warehouse", { ...warehouse, extra: { nested } });
    expect(failures[0]).to.contain("extra.nested");
  });

  it("stores nothing in a preview, and does not know what only a create tells", async () => {
    const plugin = await started();
    const { inputs } = await plugin.check("index:Connection", "warehouse", warehouse);
    const request = new protocol.CreateRequest().setUrn(urn("index:Connection", "warehouse")).setProperties(inputs);
    const response = await plugin.call<protocol.CreateResponse>("create", request.setPreview(true));
    expect(response.getId()).to.equal("");
    expect(response.getProperties()?.toJavaScript()).to.deep.include({
      connId: "warehouse",
      password: secret(PASSWORD),
      deployments: UNKNOWN,
    });
    expect(world.documents()).to.deep.equal([]);
  });

  it("makes a connection of a class of one type", async () => {
    const plugin = await started();
    await plugin.make("index:Workspace", "data", {});
    const created = await plugin.make("connections:Snowflake", "wh", {
      workspace,
      account: "acme",
      privateKeyContent: "pem",
    });
    expect(created.getProperties()?.toJavaScript()).to.deep.include({
      connType: "snowflake",
      extra: { account: "acme", private_key_content: secret("pem") },
    });
  });

  it("says which properties differ, and how", async () => {
    const plugin = await started();
    const created = await made(plugin);
    const olds = created.getProperties();
    const news = { ...warehouse, sharing: "LinkedToAll", host: "db2.internal" };
    const { inputs } = await plugin.check("index:Connection", "warehouse", news, olds);
    const { inputs: before } = await plugin.check("index:Connection", "warehouse", { ...news, host: "db.internal" });
    const request = new protocol.DiffRequest()
      .setId(created.getId())
      .setUrn(urn("index:Connection", "warehouse"))
      .setOlds(olds)
      .setOldInputs(before)
      .setNews(inputs);
    const diff = await plugin.call<protocol.DiffResponse>("diff", request);
    expect(diff.getChanges()).to.equal(protocol.DiffResponse.DiffChanges.DIFF_SOME);
    expect(diff.getDetaileddiffMap().get("host")?.getKind()).to.equal(protocol.PropertyDiff.Kind.UPDATE);
    expect(diff.getDetaileddiffMap().get("host")?.getInputdiff()).to.equal(true);
    const same = await plugin.call<protocol.DiffResponse>("diff", request.setNews(before));
    expect(same.getChanges()).to.equal(protocol.DiffResponse.DiffChanges.DIFF_NONE);
    expect(same.getHasdetaileddiff()).to.equal(false);
  });

  it("records what is stored while a target is out of reach, and mends it with an update", async () => {
    let isDown = false;
    const plugin = await started({
      before: ({ port, operation }) => {
        if (isDown && port === "target" && operation === "write")
          throw new TargetUnavailableError("unreachable", `target "dev" is unreachable`);
      },
    });
    await plugin.make("index:Workspace", "data", {});
    await plugin.make("index:Deployment", "dev", { workspace, target: { directory: { path: "dev" } } });
    isDown = true;
    const { inputs } = await plugin.check("index:Connection", "warehouse", { ...warehouse, sharing: "LinkedToAll" });
    const at = urn("index:Connection", "warehouse");
    const error = await plugin.failure("create", new protocol.CreateRequest().setUrn(at).setProperties(inputs));
    expect(error.code).to.equal(status.UNKNOWN);
    expect(error.details).to.contain('is stored, but Deployment "dev" is not up to date').and.not.contain(PASSWORD);
    const details = Status.deserializeBinary(error.metadata.get("grpc-status-details-bin")[0] as Buffer);
    const detail = details
      .getDetailsList()[0]
      ?.unpack(
        (bytes) => protocol.ErrorResourceInitFailed.deserializeBinary(bytes),
        "pulumirpc.ErrorResourceInitFailed",
      );
    expect(detail?.getId()).to.equal("data/connections/warehouse");
    expect(detail?.getReasonsList()).to.have.lengthOf(1);
    const olds = detail?.getProperties();
    expect(olds?.toJavaScript()).to.deep.include({ password: secret(PASSWORD), pending: ["dev"] });
    isDown = false;
    const update = new protocol.UpdateRequest()
      .setId("data/connections/warehouse")
      .setUrn(at)
      .setOlds(olds)
      .setNews(inputs);
    const updated = await plugin.call<protocol.UpdateResponse>("update", update);
    expect(updated.getProperties()?.toJavaScript()).to.not.have.property("pending");
    expect(world.content("dev")).to.have.all.keys("warehouse");
  });

  const read = (type: string, id: string, properties?: Struct) =>
    new protocol.ReadRequest().setUrn(urn(type, "warehouse")).setId(id).setProperties(properties);

  it("imports by the id alone, keeps the owner that is stored, and seals", async () => {
    await made(await started({}, { store: WORKSPACE.store, organization: "acme" }));
    const plugin = await started();
    const found = await plugin.call<protocol.ReadResponse>(
      "read",
      read("index:Connection", "data/connections/warehouse"),
    );
    for (const properties of [found.getInputs(), found.getProperties()])
      expect(properties?.toJavaScript()).to.deep.include({
        connId: "warehouse",
        password: secret(PASSWORD),
        sharing: "LinkedToAll",
        owner: "acme/project/test::warehouse",
      });
    for (const [type, id] of [
      ["index:Workspace", "data"],
      ["index:Deployment", "data/deployments/dev"],
    ] as const)
      expect((await plugin.call<protocol.ReadResponse>("read", read(type, id))).getId()).to.equal(id);
  });

  const absent: [type: string, id: string, text: string][] = [
    ["index:Connection", "data/connections/none", 'is not in store "local:.airflow-env"'],
    ["index:ConnectionLink", "data/connections/warehouse#link/dev", "is not in store"],
    ["index:Override", "data/connections/warehouse#link/dev", "is not in store"],
    ["index:Variable", "data/connections/warehouse", "is not in store"],
    ["connections:Snowflake", "data/connections/warehouse", "is not of type snowflake"],
  ];
  for (const [type, id, text] of absent)
    it(`imports no ${type} by ${id}, which is none`, async () => {
      const plugin = await started();
      await made(plugin);
      expect((await plugin.failure("read", read(type, id))).details).to.contain(text);
    });

  it("asks for the store of an import that no configuration names", async () => {
    const plugin = await started({}, {});
    const { details } = await plugin.failure("read", read("index:Connection", "data/connections/warehouse"));
    expect(details).to.contain("which store is it in?").and.contain("AIRFLOW_ENV_STORE");
  });

  it("finds what is recorded, and says when it is gone", async () => {
    const plugin = await started();
    const created = await made(plugin);
    const request = read("index:Connection", created.getId(), created.getProperties());
    expect((await plugin.call<protocol.ReadResponse>("read", request)).getId()).to.equal(created.getId());
    const remove = new protocol.DeleteRequest().setId(created.getId()).setUrn(urn("index:Connection", "warehouse"));
    await plugin.call("delete", remove.setProperties(created.getProperties()));
    expect((await plugin.call<protocol.ReadResponse>("read", request)).getId()).to.equal("");
    expect(world.content("dev")).to.deep.equal({});
  });

  it("answers functions, secrets sealed", async () => {
    const plugin = await started();
    await made(plugin);
    const invoke = async (name: string, args: object) => {
      const request = new protocol.InvokeRequest().setTok(`airflow-env:index:${name}`).setArgs(struct(args));
      return (await plugin.call<protocol.InvokeResponse>("invoke", request)).getReturn()?.toJavaScript();
    };
    const connection = await invoke("getConnection", { workspace, connId: "warehouse", deployment: "dev" });
    expect(connection).to.deep.include({ connType: "postgres", host: "db.internal", password: secret(PASSWORD) });
    const all = await invoke("getEffectiveConnections", { workspace, deployment: "dev" });
    expect(JSON.stringify(all)).to.match(/^\{"connections":\{"4dabf18193072939515e22adb298388d"/);
    expect(await invoke("getWorkspace", { name: "data" })).to.deep.include({
      deployments: ["dev"],
      connections: ["warehouse"],
      variables: [],
    });
    const none = new protocol.InvokeRequest().setTok("airflow-env:index:getConnection");
    none.setArgs(struct({ workspace, connId: "none" }));
    expect((await plugin.failure("invoke", none)).details).to.contain('there is no connection "none"');
  });

  it("does not know other types and functions", async () => {
    const plugin = await started();
    const request = new protocol.CheckRequest().setUrn(urn("index:Nothing", "x"));
    expect((await plugin.failure("check", request)).code).to.equal(status.UNIMPLEMENTED);
    const invoke = new protocol.InvokeRequest().setTok("airflow-env:index:constructor");
    expect((await plugin.failure("invoke", invoke)).code).to.equal(status.UNIMPLEMENTED);
  });

  it("begins nothing once the run is cancelled", async () => {
    const plugin = await started();
    await plugin.call("cancel", new Empty());
    const request = new protocol.CheckRequest().setUrn(urn("index:Connection", "warehouse")).setNews(struct(warehouse));
    expect((await plugin.failure("check", request)).details).to.contain("the run was cancelled");
  });
});
