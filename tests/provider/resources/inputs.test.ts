import { expect } from "chai";
import * as catalog from "../../../catalog/lookup";
import { problemText, type InputProblem } from "../../../provider/errors";
import { UNKNOWN } from "../../../provider/resources/declaration/values";
import { attachmentProblems } from "../../../provider/resources/attachment/declaration";
import { deploymentProblems } from "../../../provider/resources/deployment/declaration";
import {
  connectionLink,
  connectionOverride,
  declaredConnection,
} from "../../../provider/resources/kinds/connection/declared";
import { declarationProblems } from "../../../provider/resources/shared-object/declaration";
import { workspaceProblems } from "../../../provider/resources/workspace/declaration";
import { inputs } from "../../fakes/world";
import { CANARY } from "./stack";

function judge(fields: object) {
  const declared = { ...inputs.connection("c", fields) };
  const problems = declarationProblems(declaredConnection, declared);
  return problems.length > 0
    ? { problems, warnings: [] }
    : declaredConnection.judge(declaredConnection.fieldsOf(declared), declared, catalog);
}

const texts = (found: InputProblem[]) => found.map(problemText);

describe("warnings of a connection's fields", () => {
  const LOGIN = "host: holds a login; put it into login and password";
  const NEWLINE = "password: ends with a newline, which becomes part of it; strip it, for example with .trimEnd()";
  const PORT = "port: is not within 0 to 65535: Airflow takes it, no server does; correct it";
  const cases: [what: string, fields: object, warnings: string[]][] = [
    ["a login in the host", { host: `https://etl:${CANARY}@api` }, [LOGIN]],
    ["a URL without login as host", { host: "https://api:8443/v1" }, []],
    ["a password with a newline at its end", { password: `${CANARY}\n` }, [NEWLINE]],
    ["a password with a newline of Windows at its end", { password: `${CANARY}\r\n` }, [NEWLINE]],
    ["a password with a newline inside", { password: `${CANARY}\nx` }, []],
    ["a password by reference", { password: { valueFrom: { env: "P" } } }, []],
    ["a port above all", { port: 65_536 }, [PORT]],
    ["a negative port", { port: -1 }, [PORT]],
    ["the first and the last port", { port: 0 }, []],
    ["the last port", { port: 65_535 }, []],
    ["all of them", { host: "x://u:p@h", password: "\n", port: 70_000 }, [LOGIN, NEWLINE, PORT]],
    ["a type that is not known yet", { connType: UNKNOWN, port: 70_000 }, [PORT]],
  ];
  for (const [what, fields, warnings] of cases)
    it(`${what}: ${warnings.length === 0 ? "none" : "says so"}`, () => {
      const found = judge(fields);
      expect(found.problems).to.deep.equal([]);
      expect(texts(found.warnings)).to.deep.equal(warnings);
      expect(JSON.stringify(found)).to.not.contain(CANARY);
    });
});

describe("problems of a declaration say what to write instead", () => {
  const link = { owner: "o/p/s::l", workspace: { name: "w", store: "local:x" }, connId: "pg", deployment: "prod" };
  const deployment = { owner: link.owner, workspace: link.workspace, name: "prod" };
  const target = { directory: { path: "." } };
  const NO_FIELD = "is not a field of this resource";
  const cases: [what: string, problems: InputProblem[], expected: string][] = [
    ["a misspelt field", judge({ hots: CANARY }).problems, `hots: ${NO_FIELD}; did you mean host?`],
    ["a field in another spelling", judge({ conn_id: CANARY }).problems, `conn_id: ${NO_FIELD}; use connId`],
    ["a field like no other", judge({ warehouse: CANARY }).problems, `warehouse: ${NO_FIELD}`],
    ["what only the SDK sets", judge({ ownr: CANARY }).problems, `ownr: ${NO_FIELD}`],
    [
      "a known extra",
      judge({ connType: "snowflake", warehouse: CANARY }).problems,
      `warehouse: ${NO_FIELD}; put it into extra`,
    ],
    [
      "a known extra as the typed class spells it",
      judge({ connType: "snowflake", privateKeyContent: CANARY }).problems,
      `privateKeyContent: ${NO_FIELD}; put it into extra as private_key_content`,
    ],
    [
      "a misspelt override of a link",
      attachmentProblems(connectionLink, { ...link, overrides: { hots: CANARY } }),
      `overrides.hots: ${NO_FIELD}; did you mean host?`,
    ],
    [
      "a misspelt field of an Override",
      attachmentProblems(connectionOverride, { ...link, fields: { pasword: CANARY } }),
      `fields.pasword: ${NO_FIELD}; did you mean password?`,
    ],
    ...(
      [
        ["username", "; use login"],
        ["user", "; use login"],
        ["database", "; use schema"],
        ["extra_dejson", "; use extra, as an object"],
        ["uri", ": a URI says a whole connection; give what differs: host, login, password, schema, port or extra"],
        ["conn_type", ": a connection's type is the same in every Deployment; declare another connection"],
      ] as const
    ).flatMap(([field, remedy]): [string, InputProblem[], string][] => [
      [
        `${field} in a link`,
        attachmentProblems(connectionLink, { ...link, overrides: { [field]: CANARY } }),
        `overrides.${field}: ${NO_FIELD}${remedy}`,
      ],
      [
        `${field} in an Override, and nothing else`,
        attachmentProblems(connectionOverride, { ...link, fields: { [field]: CANARY } }),
        `fields.${field}: ${NO_FIELD}${remedy}`,
      ],
    ]),
    [
      "a misspelt extra of the type",
      judge({ connType: "snowflake", acount: CANARY }).problems,
      `acount: ${NO_FIELD}; did you mean extra.account?`,
    ],
    [
      "a misspelt kind of target",
      deploymentProblems({ ...deployment, target: { kubernets: {} } }),
      `target.kubernets: ${NO_FIELD}; did you mean kubernetes?`,
    ],
    [
      "no target",
      deploymentProblems(deployment),
      "target: is needed: exactly one of directory, kubernetes, kubernetesBackend",
    ],
    [
      "a target without its namespace",
      deploymentProblems({ ...deployment, target: { kubernetes: {} } }),
      "target.kubernetes.namespace: is needed: a string",
    ],
    [
      "no name of the Workspace",
      deploymentProblems({ ...deployment, target, workspace: { store: "local:x" } }),
      "workspace.name: is needed: a string",
    ],
    [
      "a Workspace by its name alone",
      deploymentProblems({ ...deployment, target, workspace: CANARY }),
      "workspace: must be a Workspace, or the name and store of one: { name, store }",
    ],
    [
      "a number as name",
      workspaceProblems({ owner: "o", name: 5, store: "local:x" }),
      "name: must be a string, not a number",
    ],
    [
      "credentials in the store's address",
      workspaceProblems({ owner: "o", name: "w", store: `vault://secret/a?token=${CANARY}` }),
      'store: store address is wrong: "token" is no parameter of this kind of store (credentials come from the ' +
        "environment, never from the address); expected vault://secret/airflow?address=https://vault.example.com:8200",
    ],
  ];
  for (const [what, problems, expected] of cases)
    it(what, () => {
      expect(texts(problems)).to.deep.equal([expected]);
      expect(JSON.stringify(problems)).to.not.contain(CANARY);
    });
});
