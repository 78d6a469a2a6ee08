import { expect } from "chai";
import type { Kind } from "../../../provider/resources/contract";
import type { Properties } from "../../../provider/resources/declaration/values";
import { inputs } from "../../fakes/world";
import { CANARY, Stack } from "./stack";

/** As `airflow connections export` of 2.11.2 and 3.3.2 writes them: every field is there, `extra` is text. */
const EXPORTED: Record<string, Properties> = {
  ftp_default: {
    conn_type: "ftp",
    description: null,
    login: null,
    password: null,
    host: null,
    port: null,
    schema: "",
    extra: "",
  },
  warehouse: {
    conn_type: "postgres",
    description: "",
    login: "etl",
    password: CANARY,
    host: "db.internal",
    port: 5432,
    schema: "dw",
    extra: '{"sslmode": "require"}',
  },
  aws_default: {
    conn_type: "aws",
    description: null,
    login: "",
    password: null,
    host: "",
    port: null,
    schema: "",
    extra: null,
  },
  generic: {
    conn_type: "generic",
    description: null,
    login: null,
    password: "",
    host: null,
    port: null,
    schema: null,
    extra: "null",
  },
  fs_default: {
    conn_type: "fs",
    description: null,
    login: null,
    password: null,
    host: null,
    port: null,
    schema: null,
    extra: "{}",
  },
};

describe("a connection as an export of Airflow writes it", () => {
  for (const [connId, entry] of Object.entries(EXPORTED))
    it(`is taken as it is: ${connId}`, async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      const { connType: _, ...rest } = inputs.connection(connId, { sharing: "LinkedToAll", ...entry });
      const { warnings } = await stack.resource("connection").up(rest);
      expect(warnings.join()).to.match(
        entry["password"] === "" ? /^[^\n]*password: is empty, and counts as not set/ : /^$/,
      );
      const written = stack.world.content("prod")?.[connId];
      expect(written).to.include({ conn_type: entry["conn_type"] });
      expect(Object.values(written ?? {}))
        .to.not.include.members([null])
        .and.not.include("");
      // Beside the field that a program writes itself, too.
      const beside = await stack.resource("connection").preview({ ...rest, connId: "b", connType: entry["conn_type"] });
      expect(beside.checked.failures).to.deep.equal([]);
    });

  it("says the type once", async () => {
    const { checked } = await new Stack()
      .resource("connection")
      .preview(inputs.connection("c", { conn_type: "http", extra: null }));
    expect(checked.failures.map(({ reason }) => reason)).to.deep.equal([
      "conn_type: is not a field of this resource; use connType",
    ]);
  });
});

describe("values of a link and an Override as stack configuration gives them", () => {
  for (const kind of ["connection-link", "override"] as const)
    it(`${kind}: a port in digits, an extra as text`, async () => {
      const stack = new Stack();
      await stack.createWorkspace("prod");
      await stack.create("connection", inputs.connection("pg", kind === "override" ? { sharing: "LinkedToAll" } : {}));
      const values = { port: "5433", extra: '{"sslmode": "disable"}', host: null };
      await stack.create(
        kind,
        kind === "override" ? inputs.override("pg", "prod", values) : inputs.link("pg", "prod", values),
      );
      expect(stack.world.content("prod")?.["pg"]).to.deep.equal({
        conn_type: "postgres",
        port: 5433,
        extra: { sslmode: "disable" },
      });
    });
});

describe("one mistake of a program is one line with its remedy", () => {
  const NO_FIELD = "is not a field of this resource";
  const connection = (more: object, without = ""): Properties => {
    const { [without]: _, ...rest }: Properties = inputs.connection("c", more);
    return rest;
  };
  const { connId: _, ...noId } = inputs.link("pg", "prod");
  const REFERENCE =
    "must be a string or a value reference: valueFrom takes exactly one of env, file and store, each with a name or path as text";
  const cases: [kind: Kind, declared: Properties, line: string][] = [
    ...["type", "connectionType", "connection_type", "conn_type"].map((name): [Kind, Properties, string] => [
      "connection",
      connection({ [name]: "postgres" }, "connType"),
      `${name}: ${NO_FIELD}; use connType`,
    ]),
    ...(
      [
        ["db", "schema"],
        ["dbname", "schema"],
        ["database", "schema"],
        ["user", "login"],
        ["userName", "login"],
        ["pwd", "password"],
        ["pass", "password"],
        ["hostname", "host"],
        ["server", "host"],
        ["connection_id", "connId"],
        ["id", "connId"],
        ["extras", "extra"],
      ] as const
    ).map(([name, field]): [Kind, Properties, string] => [
      "connection",
      connection({ [name]: CANARY }),
      `${name}: ${NO_FIELD}; use ${field}`,
    ]),
    ["connection", connection({ is_encrypted: true }), `is_encrypted: ${NO_FIELD}: Airflow's own mark; leave it out`],
    [
      "connection",
      connection({ get_uri: CANARY }),
      `get_uri: ${NO_FIELD}: the other fields say it too; leave it out, or give it alone as uri`,
    ],
    ["connection", connection({ connType: "snowflake", database: CANARY }), `database: ${NO_FIELD}; put it into extra`],
    [
      "connection",
      connection({ connType: null }),
      'connType: is needed: a connection type, for example "postgres", or a uri that says all fields',
    ],
    ["connection", connection({ port: Number.NaN }), "port: must be a number, not NaN"],
    ["connection", connection({ password: { valueFrom: { envv: "X" } } }), `password: ${REFERENCE}`],
    ["connection", connection({ password: { valueFrom: "env:X" } }), `password: ${REFERENCE}`],
    [
      "connection",
      connection({ login: { valueFrom: { env: "X", file: "y" } } }),
      `login: ${REFERENCE.replace(" or a value reference", "")}`,
    ],
    [
      "connection-link",
      { ...noId, conn_id: "pg" },
      `link of connection in Deployment "prod": conn_id: ${NO_FIELD}; use connId`,
    ],
    [
      "connection-link",
      { ...inputs.link("pg", "prod"), fields: { host: CANARY } },
      `link of connection "pg" in Deployment "prod": fields: ${NO_FIELD}; use overrides`,
    ],
    [
      "override",
      inputs.override("pg", "prod", { privateKeyContent: CANARY }),
      `override of connection "pg" in Deployment "prod": fields.privateKeyContent: ${NO_FIELD}; put it into extra as private_key_content`,
    ],
    [
      "override",
      inputs.override("pg", "prod", { warehouse: CANARY }),
      `override of connection "pg" in Deployment "prod": fields.warehouse: ${NO_FIELD}; put it into extra`,
    ],
    [
      "deployment",
      inputs.deployment("d", { runtimeVersion: "latest" }),
      'runtimeVersion: must be a version of Astro Runtime such as "3.1-4" or "13.1.0"',
    ],
  ];
  for (const [kind, declared, line] of cases)
    it(`${kind}: ${line}`, async () => {
      const { checked } = await new Stack().resource(kind).preview(declared);
      expect(checked.failures.map(({ reason }) => reason)).to.deep.equal([line]);
      expect(JSON.stringify(checked.failures)).to.not.contain(CANARY);
    });
});
