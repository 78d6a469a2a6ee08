import { expect } from "chai";
import * as catalog from "../../../catalog/lookup";
import { checkConnection } from "../../../provider/resources/connection/inputs";
import { checkConnectionLink } from "../../../provider/resources/connection-link/inputs";
import { checkDeployment } from "../../../provider/resources/deployment/inputs";
import { checkOverride } from "../../../provider/resources/override/inputs";
import { checkWorkspace } from "../../../provider/resources/workspace/inputs";
import { UNKNOWN } from "../../../provider/resources/unknowns";
import { inputs } from "../../fakes/world";
import { CANARY } from "./stack";

const judge = (fields: object) => checkConnection({ ...inputs.connection("c", fields) }, catalog);
const texts = (found: { field: string; reason: string }[]) => found.map(({ field, reason }) => `${field}: ${reason}`);

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
  const cases: [what: string, problems: { field: string; reason: string }[], expected: string][] = [
    ["a misspelt field", judge({ hots: CANARY }).problems, `hots: ${NO_FIELD}; did you mean host?`],
    ["a field in another spelling", judge({ conn_id: CANARY }).problems, `conn_id: ${NO_FIELD}; did you mean connId?`],
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
      checkConnectionLink({ ...link, overrides: { hots: CANARY } }),
      `overrides.hots: ${NO_FIELD}; did you mean host?`,
    ],
    [
      "a misspelt field of an Override",
      checkOverride({ ...link, fields: { pasword: CANARY } }),
      `fields.pasword: ${NO_FIELD}; did you mean password?`,
    ],
    [
      "a misspelt kind of target",
      checkDeployment({ ...deployment, target: { kubernets: {} } }),
      `target.kubernets: ${NO_FIELD}; did you mean kubernetes?`,
    ],
    [
      "no target",
      checkDeployment(deployment),
      "target: is needed: exactly one of directory, kubernetes, kubernetesBackend",
    ],
    [
      "a target without its namespace",
      checkDeployment({ ...deployment, target: { kubernetes: {} } }),
      "target.kubernetes.namespace: is needed: a string",
    ],
    [
      "no name of the Workspace",
      checkDeployment({ ...deployment, target, workspace: { store: "local:x" } }),
      "workspace.name: is needed: a string",
    ],
    [
      "a Workspace by its name alone",
      checkDeployment({ ...deployment, target, workspace: CANARY }),
      "workspace: must be a Workspace, or the name and store of one: { name, store }",
    ],
    ["a number as name", checkWorkspace({ owner: "o", name: 5, store: "local:x" }), "name: must be a string"],
    [
      "credentials in the store's address",
      checkWorkspace({ owner: "o", name: "w", store: `vault://secret/a?token=${CANARY}` }),
      'store: store address is wrong: "token" is no parameter of this kind of store (credentials come from the ' +
        "environment, never from the address); expected vault://secret/airflow?address=https://vault.example.com:8200",
    ],
  ];
  for (const [what, problems, expected] of cases)
    it(what, () => {
      expect(texts(problems)).to.include(expected);
      expect(JSON.stringify(problems)).to.not.contain(CANARY);
    });
});
