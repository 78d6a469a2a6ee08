import { expect } from "chai";
import { REFUSALS } from "../../../cli/ui/access";
import { serve, type Asked, type Served } from "./served";

describe("access to the page", () => {
  let served: Served;
  before(async () => {
    served = await serve({});
    await served.enter();
  });
  after(() => served.page.close());

  it("listens on this machine alone, on a port of its own", () => {
    expect(served.origin).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("changes the token into a cookie that scripts cannot read and other sites do not send", async () => {
    const { status, headers, body } = await served.enter();
    expect([status, headers.location, body]).to.deep.equal([303, "/", ""]);
    expect(headers["set-cookie"]).to.have.lengthOf(1);
    expect(headers["set-cookie"]?.[0]).to.match(/^airflow-env-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(headers["set-cookie"]?.[0]).to.not.contain(served.token);
  });

  it("lets the cookie in", async () => {
    expect((await served.ask("/w/data")).status).to.equal(200);
  });

  const PATHS = ["/", "/w/data", "/w/data/connection/warehouse", "/style.css", "/page.js", "/nowhere"];
  const foreign = "http://evil.example";
  const refused: [what: string, why: string, asked: (served: Served) => Asked & { query?: string }][] = [
    ["no cookie", REFUSALS.login, () => ({ headers: { Cookie: "" } })],
    ["another cookie", REFUSALS.login, ({ cookie }) => ({ headers: { Cookie: `${cookie.slice(0, -1)}~` } })],
    [
      "the token as a cookie",
      REFUSALS.login,
      ({ cookie, token }) => ({ headers: { Cookie: cookie.replace(/=.*/, `=${token}`) } }),
    ],
    ["a wrong token", REFUSALS.login, () => ({ headers: { Cookie: "" }, query: "?token=x" })],
    ["an empty token", REFUSALS.login, () => ({ headers: { Cookie: "" }, query: "?token=" })],
    ["a name that leads here", REFUSALS.host, () => ({ headers: { Host: "evil.example" } })],
    [
      "a name that leads here, with the token",
      REFUSALS.host,
      ({ token }) => ({ headers: { Host: "evil.example" }, query: `?token=${token}` }),
    ],
    ["localhost", REFUSALS.host, ({ origin }) => ({ headers: { Host: `localhost:${new URL(origin).port}` } })],
    ["another port", REFUSALS.host, () => ({ headers: { Host: "127.0.0.1:1" } })],
    ["another origin", REFUSALS.origin, () => ({ headers: { Origin: foreign } })],
    ["no origin that can be told", REFUSALS.origin, () => ({ headers: { Origin: "null" } })],
    ["another port as origin", REFUSALS.origin, () => ({ headers: { Origin: "http://127.0.0.1:1" } })],
    ["a request of another site", REFUSALS.origin, () => ({ headers: { "Sec-Fetch-Site": "cross-site" } })],
    ["a request of another port", REFUSALS.origin, () => ({ headers: { "Sec-Fetch-Site": "same-site" } })],
    ["a method that writes", REFUSALS.method, () => ({ method: "DELETE" })],
  ];
  for (const [what, why, asked] of refused)
    it(`refuses ${what}, whatever is asked for`, async () => {
      const { query = "", ...rest } = asked(served);
      for (const path of PATHS) {
        const { status, body } = await served.ask(`${path}${query}`, rest);
        expect([status, body], path).to.deep.equal([why === REFUSALS.method ? 405 : 403, why]);
      }
    });

  it("refuses a form of another page, and one that does not say where it comes from", async () => {
    for (const headers of [{ Origin: foreign }, { Origin: "null" }, { Origin: "" }]) {
      const { status, body } = await served.ask("/w/data/check", { form: {}, headers });
      expect([status, body]).to.deep.equal([403, REFUSALS.origin]);
    }
    const { status } = await served.ask("/w/data/check", { method: "POST" });
    expect(status).to.equal(403);
  });

  it("refuses a form larger than any of ours", async () => {
    const { status } = await served.ask("/w/data/check", { form: { deployment: "x".repeat(300_000) } });
    expect(status).to.equal(413);
  });

  it("lets the token work on its own path alone", async () => {
    const { status } = await served.ask(`/w/data?token=${served.token}`, { headers: { Cookie: "" } });
    expect(status).to.equal(403);
  });

  it("forbids browsers to keep, to frame, to guess and to load from elsewhere, whatever the answer", async () => {
    for (const [path, asked] of [
      ["/w/data", {}],
      ["/style.css", {}],
      ["/page.js", {}],
      ["/w/none", {}],
      ["/w/data", { headers: { Host: "evil.example" } }],
      ["/w/data", { headers: { Cookie: "" } }],
    ] as [string, Asked][]) {
      const { headers } = await served.ask(path, asked);
      expect(headers, path).to.include({
        "cache-control": "no-store",
        "content-security-policy":
          "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(headers).to.not.have.property("access-control-allow-origin");
    }
  });
});

describe("the end of the page", () => {
  it("comes when nobody has asked for the idle time", async () => {
    const served = await serve({ idleMs: 20 });
    expect(await served.page.ended).to.equal("idle");
    await served.ask("/").then(
      () => expect.fail("still there"),
      (error: NodeJS.ErrnoException) => expect(error.code).to.equal("ECONNREFUSED"),
    );
  });

  it("comes with close, also while a browser keeps a connection", async () => {
    const served = await serve({});
    await served.enter();
    served.page.close();
    expect(await served.page.ended).to.equal("closed");
  });
});
