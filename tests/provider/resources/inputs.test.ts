import { expect } from "chai";
import * as catalog from "../../../catalog/lookup";
import { checkConnection } from "../../../provider/resources/connection/inputs";
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
