import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import sinon from "sinon";
import { InputError } from "../../../provider/errors";
import { classifyKubernetesError, connectKubernetes, withKubernetesRetries } from "../../../provider/kubernetes/api";

describe("Kubernetes connection", () => {
  let folder: string;
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let requests: IncomingMessage[];
  let sockets: number;
  let environment: NodeJS.ProcessEnv;

  beforeEach(async () => {
    environment = { ...process.env };
    folder = mkdtempSync(join(tmpdir(), "airflow-env-test-"));
    requests = [];
    sockets = 0;
    answer = (_request, response) => respond(response, 200, { kind: "Secret", metadata: { resourceVersion: "5" } });
    server = createServer((request, response) => {
      requests.push(request);
      answer(request, response);
    });
    server.on("connection", () => sockets++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    process.env = environment;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  function respond(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  }
  function kubeconfig(name = "config", token = "token-1", contexts = ["blue", "green"]): string {
    const { port } = server.address() as AddressInfo;
    const file = join(folder, name);
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": contexts[0],
      clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}/`, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: { token } }],
      contexts: contexts.map((context) => ({ name: context, context: { cluster: "c", user: "u" } })),
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }
  const failureOf = async (attempt: Promise<unknown>): Promise<Error> =>
    attempt.then(
      () => expect.fail("succeeded"),
      (error: Error) => error,
    );
  const read = { name: "x", namespace: "y" };

  it("says which cluster it is, by the context", async () => {
    expect(await connectKubernetes({ kubeconfig: kubeconfig() })).to.include({ cluster: "blue" });
    expect(await connectKubernetes({ kubeconfig: kubeconfig(), context: "green" })).to.include({ cluster: "green" });
    process.env.KUBECONFIG = kubeconfig("other", "t", ["red"]);
    expect((await connectKubernetes()).cluster).to.equal("red");
  });

  it("is shared by all that name the same access, with few sockets", async () => {
    const access = { kubeconfig: kubeconfig() };
    const [a, b] = await Promise.all([connectKubernetes(access), connectKubernetes({ ...access })]);
    expect(a).to.equal(b);
    for (let i = 0; i < 20; i++) await a.core.readNamespacedSecret(read);
    expect(sockets).to.equal(1);
    expect(requests[0]?.headers.authorization).to.equal("Bearer token-1");
  });

  it("reads the kubeconfig again after a refused login", async () => {
    const access = { kubeconfig: kubeconfig() };
    const { core } = await connectKubernetes(access);
    answer = (request, response) =>
      request.headers.authorization === "Bearer token-2"
        ? respond(response, 200, { kind: "Secret" })
        : respond(response, 401, { kind: "Status" });
    expect(classifyKubernetesError(await failureOf(core.readNamespacedSecret(read))).kind).to.equal("expired");
    kubeconfig("config", "token-2");
    await core.readNamespacedSecret(read);
  });

  it("gives up on an answer that does not come", async () => {
    answer = () => undefined;
    const { core } = await connectKubernetes({ kubeconfig: kubeconfig(), timeoutMs: 100 });
    const failure = classifyKubernetesError(await failureOf(core.readNamespacedSecret(read)));
    expect(failure).to.include({ kind: "timeout", mayHaveCommitted: true });
  });

  it("explains a kubeconfig that is missing, broken, or has no such context", async () => {
    const missing = await failureOf(connectKubernetes({ kubeconfig: join(folder, "none") }));
    expect(missing).to.be.instanceOf(InputError).with.property("message").that.contains("does not exist");

    writeFileSync(join(folder, "broken"), "users: [{name: u, user: {token: canary-1}\n  bad: [");
    const broken = await failureOf(connectKubernetes({ kubeconfig: join(folder, "broken") }));
    expect(broken).to.be.instanceOf(InputError).with.property("message").that.contains("not valid YAML");
    expect(broken.stack).not.to.contain("canary-1");

    const unknown = await failureOf(connectKubernetes({ kubeconfig: kubeconfig(), context: "nope" }));
    expect(unknown.message).to.contain('no context "nope"; known: blue, green');

    process.env.HOME = folder;
    delete process.env.KUBECONFIG;
    expect((await failureOf(connectKubernetes())).message).to.contain("none found");
  });

  it("tries again after a file that was missing appeared", async () => {
    const access = { kubeconfig: join(folder, "late") };
    await failureOf(connectKubernetes(access));
    kubeconfig("late");
    expect((await connectKubernetes(access)).cluster).to.equal("blue");
  });

  describe("with retries", () => {
    const quick = { retries: 3, minDelayMs: 1 };
    const calls = async (options = {}): Promise<unknown> => {
      const { core } = await connectKubernetes({ kubeconfig: kubeconfig(), timeoutMs: 1_000 });
      return withKubernetesRetries(() => core.readNamespacedSecret(read), { ...quick, ...options });
    };
    const failing = (times: number, fail: (response: ServerResponse) => void): void => {
      const succeed = answer;
      answer = (request, response) => (requests.length <= times ? fail(response) : succeed(request, response));
    };

    it("gets over throttling, server errors and broken connections", async () => {
      failing(1, (response) => respond(response, 429, {}, { "retry-after": "0" }));
      await calls();
      requests = [];
      failing(2, (response) => respond(response, 503, {}));
      await calls();
      requests = [];
      failing(3, (response) => response.destroy());
      const seen: boolean[] = [];
      await calls({ onRetry: (failure: { mayHaveCommitted: boolean }) => seen.push(failure.mayHaveCommitted) });
      expect(seen).to.deep.equal([true, true, true]);
      expect(requests).to.have.length(4);
    });

    it("waits as long as the server asks", async () => {
      const clock = sinon.useFakeTimers({ toFake: ["setTimeout"] });
      const call = sinon.stub().resolves("done");
      call.onFirstCall().rejects(Object.assign(new Error("429"), { code: 429, headers: { "retry-after": "7" } }));
      const result = withKubernetesRetries(call, quick);
      while (call.callCount === 0) await clock.tickAsync(0); // p-retry is being loaded
      await clock.tickAsync(6_999);
      expect(call.callCount).to.equal(1);
      await clock.tickAsync(1_000);
      expect(call.callCount).to.equal(2);
      expect(await result).to.equal("done");
    });

    it("stops after the last one, with the server's own error", async () => {
      failing(Infinity, (response) => respond(response, 429, {}, { "retry-after": "0" }));
      expect(classifyKubernetesError(await failureOf(calls())).kind).to.equal("throttled");
      expect(requests).to.have.length(4);
    });

    it("does not repeat what will not pass", async () => {
      for (const status of [400, 401, 403, 404, 409, 410, 422]) {
        requests = [];
        answer = (_request, response) => respond(response, status, {});
        await failureOf(calls());
        expect(requests, String(status)).to.have.length(1);
      }
    });
  });
});
