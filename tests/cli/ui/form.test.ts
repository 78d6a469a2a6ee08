import { expect } from "chai";
import { findExtra, listConnectionTypes } from "../../../catalog/lookup";
import { writeCode } from "../../../cli/ui/form/code";
import { inputs, readForm, type Filled } from "../../../cli/ui/form/draft";
import { formFields } from "../../../cli/ui/form/fields";
import { CANARY } from "../harness";
import { serve, type Served } from "./served";

const PLACE = { workspace: "data", store: "vault://secret/airflow" };

function code(connType: string, filled: Filled): string {
  const read = readForm(connType, { id: "wh", ...filled }, ["dev", "prod"], []);
  expect([...read.problems]).to.deep.equal([]);
  return writeCode(read.draft, PLACE).text;
}

describe("fields of the form", () => {
  it("are those of the catalog, for every type", () => {
    const types = listConnectionTypes();
    expect(types).to.have.length.above(130);
    for (const { id, extras } of types) {
      const fields = formFields(id) ?? [];
      expect(fields.filter(({ path }) => path.startsWith("extra.")).map(({ path }) => path.slice(6))).to.deep.equal(
        extras.map(({ key }) => key),
      );
      expect(new Set(fields.map(({ name }) => name)).size).to.equal(fields.length);
    }
    expect(formFields("no such type")).to.equal(undefined);
  });

  it("have the names of the class, its labels and its help", () => {
    const fields = new Map(formFields("postgres")?.map((field) => [field.path, field]));
    expect(fields.get("extra.application_name")?.name).to.equal("applicationName");
    expect(fields.get("extra.sslmode")).to.include({ label: findExtra("postgres", "sslmode")?.label, isOpen: true });
    expect(fields.get("schema")?.label).to.equal("Database");
    expect(fields.get("password")?.isSecret).to.equal(true);
    expect(formFields("salesforce")?.find(({ path }) => path === "extra.domain")?.isSecret).to.equal(false);
  });
});

describe("code of the form", () => {
  it("is a connection, with secrets by name and links with values of their own", () => {
    const text = code("postgres", {
      "value:host": "db.internal",
      "value:port": "5432",
      "secret:password": "yes",
      "value:extra.sslmode": "require",
      "value:extra.iam": "true",
      "value:extra.connect_timeout": "10",
      "link:prod": "yes",
      "own:prod:host": "db.prod",
      "own-secret:prod:password": "yes",
      "own:dev:host": "not linked",
    });
    expect(text).to.equal(`import * as pulumi from "@pulumi/pulumi";
import * as airflow from "pulumi-airflow-env";

const config = new pulumi.Config();
// In the program that declares the Workspace and the Deployments, name its own resources instead.
const workspace = { name: "data", store: "vault://secret/airflow" };

const connection = new airflow.connections.Postgres("wh", {
  workspace,
  host: "db.internal",
  password: config.requireSecret("connection/wh/password"),
  port: 5432,
  sslmode: "require",
  connectTimeout: 10,
  iam: true,
  sharing: "Restricted",
});

new airflow.ConnectionLink("wh-prod", {
  connection,
  deployment: "prod",
  overrides: {
    host: "db.prod",
    password: config.requireSecret("connection/wh/prod/password"),
  },
});
`);
  });

  it("names the commands, and the package", () => {
    const { draft } = readForm("postgres", { id: "wh", "secret:password": "yes" }, [], []);
    expect(writeCode(draft, PLACE)).to.deep.include({
      commands: ["pulumi config set --secret connection/wh/password"],
      providerPackage: "apache-airflow-providers-postgres",
    });
    const local = writeCode(draft, { workspace: "data", store: "local:.airflow-env" });
    expect(local.text).to.contain(`store: new pulumi.Config("airflow-env").require("store")`);
    expect(local.commands[0]).to.contain("pulumi config set airflow-env:store local:.airflow-env");
  });

  it("holds what was typed as text, whatever it says", () => {
    const hostile = `"});process.exit();// \`\${1}\` \\ \u2028 </code><script>`;
    expect(code("http", { "value:host": hostile })).to.contain(`host: ${JSON.stringify(hostile)},\n`);
  });

  const wrong: [filled: Filled, input: string, message: RegExp][] = [
    [{ id: "" }, "id", /1 to 200/],
    [{ id: "a/b" }, "id", /1 to 200/],
    [{ id: "there" }, "id", /has a connection of this id/],
    [{ "value:port": "x" }, "value:port", /whole number/],
    [{ "value:port": "1.5" }, "value:port", /whole number/],
    [{ "value:extra.iam": "maybe" }, "value:extra.iam", /true or false/],
    [{ "value:extra.sqlalchemy_query": "[1]" }, "value:extra.sqlalchemy_query", /JSON object/],
    [{ "link:prod": "yes", "own:prod:port": "x" }, "own:prod:port", /whole number/],
  ];
  for (const [filled, input, message] of wrong)
    it(`is refused for ${JSON.stringify(filled)}`, () => {
      const { problems } = readForm("postgres", { id: "wh", ...filled }, ["prod"], ["there"]);
      expect([...problems.keys()]).to.deep.equal([input]);
      expect(problems.get(input)).to.match(message);
    });

  it("has every input of every type", () => {
    for (const { id } of listConnectionTypes()) {
      const fields = formFields(id) ?? [];
      const filled = Object.fromEntries(
        fields.map((field) => [field.isSecret ? inputs.secret(field) : inputs.value(field), "x"]),
      );
      const { draft } = readForm(id, { id: "wh", ...filled }, [], []);
      expect(draft.given.map(({ field }) => field.path)).to.deep.equal(fields.map(({ path }) => path));
    }
  });
});

describe("pages of the form", () => {
  let served: Served;
  before(async () => {
    served = await serve({});
    await served.enter();
  });
  after(() => served.page.close());

  it("finds a service by name, type, package and service", async () => {
    for (const [q, id] of [
      ["snowf", "snowflake"],
      ["google_cloud_platform", "google_cloud_platform"],
      ["providers-postgres", "postgres"],
      ["groq", "langchain"],
    ] as const) {
      const { body } = await served.ask(`/w/data/new?q=${encodeURIComponent(q)}`);
      expect(body, q).to.contain(`href="/w/data/new/${id}"`);
    }
    expect((await served.ask("/w/data/new")).body).to.contain("140 of 140 connection types");
    expect((await served.ask("/w/data/new/nothing")).status).to.equal(404);
  });

  it("has no input that a secret could be typed into", async () => {
    for (const { id } of listConnectionTypes()) {
      const { status, body } = await served.ask(`/w/data/new/${id}`);
      expect(status, id).to.equal(200);
      const typed = [...body.matchAll(/<(?:input(?! type="checkbox")|select|textarea)[^>]* name="([^"]+)"/g)].map(
        ([, name]) => name,
      );
      const secret = (formFields(id) ?? []).filter(({ isSecret }) => isSecret).map(({ path }) => path);
      expect(
        typed.filter((name) => secret.some((path) => name?.endsWith(`:${path}`))),
        id,
      ).to.deep.equal([]);
    }
  });

  it("shows the code, and what was filled in", async () => {
    const { body } = await served.ask("/w/data/new/postgres", {
      form: { id: "wh", "value:host": "<db>", "secret:password": "yes", "link:prod": "yes", sharing: "LinkedToAll" },
    });
    expect(body).to.contain("new airflow.connections.Postgres(&quot;wh&quot;").and.to.contain("&lt;db&gt;");
    expect(body).to.contain("pulumi config set --secret connection/wh/password");
    expect(body).to.match(/<input[^>]* name="value:host"[^>]* value="&lt;db&gt;"/);
    expect(body).to.match(/<input type="checkbox" name="secret:password" value="yes" checked/);
  });

  it("names what is not right", async () => {
    const { body } = await served.ask("/w/data/new/postgres", { form: { id: "warehouse", "value:port": "x" } });
    expect(body).to.contain("2 fields are not right yet").and.to.not.contain("The code");
    expect(body).to.match(/id="id"[^>]*aria-invalid="true"/);
    expect(body).to.contain("the Workspace has a connection of this id");
  });

  it("neither writes nor sends back what looks like a secret", async () => {
    const { body } = await served.ask("/w/data/new/http", {
      form: { id: "feed", "value:host": `https://etl:${CANARY}@db.internal/`, "value:schema": "https" },
    });
    expect(body).to.contain("what was typed looks like a secret");
    expect(body).to.contain("host: config.requireSecret(&quot;connection/feed/host&quot;)");
  });
});
