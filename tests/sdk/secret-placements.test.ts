import { expect } from "chai";
import { Connection, ConnectionLink, connections, Override, type Extra } from "../../sdk";
import { FORMS, READABLE, SECRETS } from "../catalog/secrecy/placements";
import { useMockedProgram } from "./mocked-program";

/** What of a resource's inputs would stand in clear in the state. */
function inClear(sent: unknown): string {
  return JSON.stringify(sent, (_key, value: unknown) =>
    typeof value === "object" && value !== null && Object.keys(value).join() === "secret" ? "[secret]" : value,
  );
}

describe("secrets in the inputs that Pulumi records", () => {
  const { inputsOf } = useMockedProgram();
  const workspace = { name: "placements", store: "local:x" };

  /** Sends the fields with a Connection, a link and an Override of it. */
  async function send(
    name: string,
    connType: string,
    { port, ...fields }: Record<string, unknown>,
  ): Promise<unknown[]> {
    const given = { ...fields, ...(port !== undefined && { port: port as number }) } as { extra?: Extra };
    const connId = name.replace(/[^A-Za-z0-9]/g, "-");
    const connection = new Connection(`c-${name}`, { workspace, connId, connType, ...given });
    const pair = { connection, deployment: "prod" };
    new ConnectionLink(`l-${name}`, { ...pair, overrides: given });
    const override = new Override(`o-${name}`, { ...pair, fields: given });
    return [
      await inputsOf(connection, `c-${name}`),
      await inputsOf(override, `l-${name}`),
      await inputsOf(override, `o-${name}`),
    ];
  }

  for (const [name, { connType, ...fields }] of Object.entries(SECRETS))
    it(`are Pulumi secrets: ${name}`, async () => {
      for (const sent of await send(`secret ${name}`, connType, fields))
        for (const form of FORMS) expect(inClear(sent)).to.not.contain(form);
    });

  for (const [name, { connType, ...fields }] of Object.entries(READABLE))
    it(`are not: ${name}`, async () => {
      const [connection, link, override] = await send(`plain ${name}`, connType, fields);
      expect(connection).to.deep.include(fields);
      expect(link).to.deep.include({ overrides: fields });
      expect(override).to.deep.include({ fields });
    });

  it("are all of extra where the program asks for it", async () => {
    const extra = { mine: "m", ours: [1] };
    const args = { workspace, extra, secretExtra: true };
    const generic = new Connection("all-generic", { ...args, connType: "generic" });
    const pair = { connection: generic, deployment: "prod", secretExtra: true };
    const resources = {
      "all-generic": generic,
      "all-typed": new connections.Snowflake("all-typed", { ...args, account: "acme" }),
      "all-link": new ConnectionLink("all-link", { ...pair, overrides: { extra } }),
      "all-override": new Override("all-override", { ...pair, fields: { extra } }),
    };
    for (const [name, resource] of Object.entries(resources)) {
      const sent = await inputsOf(resource, name);
      expect(inClear(sent), name).to.not.contain("ours");
      expect(sent["secretExtra"], name).to.equal(true);
    }
  });
});
