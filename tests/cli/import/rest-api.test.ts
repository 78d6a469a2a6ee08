import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { readRestApi } from "../../../cli/import/read-rest-api";

const CANARY = "canary-rest-8c";

/** Answers as the routes say; a request without a route is 404. */
type Routes = Record<string, (request: IncomingMessage, body: string) => [status: number, body: unknown]>;

describe("import from a running Airflow's REST API", () => {
  let server: Server;
  let address: string;
  let routes: Routes;

  beforeEach(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const route = routes[(request.url ?? "").split("?")[0] ?? ""];
        const [status, answer] = route?.(request, body) ?? [404, { detail: "not found" }];
        response.writeHead(status, { "content-type": "application/json" });
        response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(() => new Promise((done) => server.close(done)));

  const connection = (id: string) => ({
    connection_id: id,
    conn_type: "http",
    description: null,
    host: "h",
    login: "u",
    schema: null,
    port: 1,
  });

  it("asks version 2 for a token, reads every page, and names what it withholds", async () => {
    const items = Array.from({ length: 150 }, (_, index) => ({
      ...connection(`c${index}`),
      password: "***",
      extra: '{"a": 1, "token": "***", "deep": {"x": "***"}}',
      team_name: null,
    }));
    routes = {
      "/api/v2/version": () => [200, { version: "3.3.2" }],
      "/auth/token": (_, body) =>
        body === `{"username":"u","password":"${CANARY}"}` ? [201, { access_token: "t" }] : [401, {}],
      "/api/v2/connections": ({ url, headers }) => {
        if (headers.authorization !== "Bearer t") return [401, {}];
        const query = new URL(url ?? "", address).searchParams;
        const offset = Number(query.get("offset"));
        return [200, { connections: items.slice(offset, offset + 100), total_entries: items.length }];
      },
      "/api/v2/variables": () => [
        200,
        {
          variables: [
            { key: "plain", value: "v", description: "d", is_encrypted: true },
            { key: "api_key", value: "***", description: null },
            { key: "object", value: '{"password": "***"}', description: null },
          ],
          total_entries: 3,
        },
      ],
    };
    const { connections, variables, losses } = await readRestApi(address, { username: "u", password: CANARY });
    expect(connections).to.have.lengthOf(150);
    expect(connections[0]).to.deep.equal({
      id: "c0",
      fields: { connType: "http", host: "h", login: "u", port: 1, extra: { a: 1 } },
      withheld: ["password", "extra.token", "extra.deep"],
    });
    expect(variables).to.deep.equal([
      { id: "plain", value: "v", description: "d" },
      { id: "api_key", value: undefined },
      { id: "object", value: undefined },
    ]);
    expect(losses).to.have.lengthOf(150 * 3 + 2);
  });

  it("reads each connection of version 1, whose lists have no extra", async () => {
    const basic = `Basic ${Buffer.from(`u:${CANARY}`).toString("base64")}`;
    const ok = ({ headers }: IncomingMessage, body: unknown): [number, unknown] =>
      headers.authorization === basic ? [200, body] : [401, {}];
    routes = {
      "/api/v1/connections": (request) => ok(request, { connections: [connection("a.b")], total_entries: 1 }),
      "/api/v1/connections/a.b": (request) => ok(request, { ...connection("a.b"), extra: '{"k": "v"}' }),
      "/api/v1/variables": (request) => ok(request, { variables: [], total_entries: 0 }),
    };
    const { connections, losses } = await readRestApi(address, { username: "u", password: CANARY });
    expect(connections[0]).to.deep.include({ withheld: ["password"] });
    expect(connections[0]?.fields.extra).to.deep.equal({ k: "v" });
    expect(losses[0]?.reason).to.contain("does not tell whether there is one");
  });

  it("says what is wrong, without the login", async () => {
    const message = async (login: object, at = address) =>
      readRestApi(at, login).then(
        () => "",
        (error: Error) => error.message,
      );
    routes = { "/api/v2/version": () => [200, {}], "/api/v2/connections": () => [403, {}] };
    expect(await message({})).to.contain("AIRFLOW_API_TOKEN");
    expect(await message({ token: CANARY }))
      .to.contain("HTTP 403; check the login")
      .and.not.to.contain(CANARY);
    routes["/auth/token"] = () => [401, {}];
    expect(await message({ username: "u", password: CANARY })).to.contain("/auth/token answered with HTTP 401");
    routes["/api/v2/connections"] = () => [200, `<html>${CANARY}`];
    expect(await message({ token: "t" }))
      .to.contain("did not answer with JSON")
      .and.not.to.contain(CANARY);
    routes["/api/v2/connections"] = () => [302, {}];
    expect(await message({ token: "t" })).to.contain("HTTP 302");
    expect(await message({ token: "t" }, "http://127.0.0.1:1")).to.contain("does not answer");
  });
});
