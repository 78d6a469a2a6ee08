import { expect } from "chai";
import { StoreUnavailableError, TargetUnavailableError } from "../../../provider/errors";
import { redactedCause } from "../../../provider/redact";
import type { Kind } from "../../../provider/resources/contract";
import { inputs, type Step } from "../../fakes/world";
import { CANARY, Stack } from "./stack";
import type { Properties } from "../../../provider/resources/declaration/values";

const IN_URL = encodeURIComponent(CANARY);

/** Failures of vendors' clients, with the secret wherever those have been seen to put it. */
const failures: [string, (step: Step) => Error][] = [
  [
    "an error with the request's body, headers and a cause",
    () =>
      Object.assign(new Error("request failed", { cause: new Error(CANARY) }), {
        code: "ERR_BAD_REQUEST",
        body: { data: CANARY },
        config: { headers: { "X-Vault-Token": CANARY } },
        response: { data: CANARY },
      }),
  ],
  ["an error with the body on further lines", () => new Error(`HTTP 422\n${CANARY}\n${CANARY}`)],
  ["an error with the secret in a URL", () => new Error(`connect https://etl:${IN_URL}@db.internal/x failed`)],
  [
    "a store's or target's own error, with a vendor's as cause",
    ({ port, key }) => {
      const cause = redactedCause(new Error(`HTTP 500\n${CANARY}`));
      return port === "store"
        ? new StoreUnavailableError("failed", `store "memory": ${key} failed`, { cause })
        : new TargetUnavailableError("failed", `${key} failed`, { cause });
    },
  ],
];

const secretFields = { password: CANARY, extra: { private_key: CANARY, nested: { api_token: CANARY } } };
const program: [Kind, Properties][] = [
  ["workspace", inputs.workspace()],
  ["deployment", inputs.deployment("prod")],
  ["connection", inputs.connection("warehouse", { ...secretFields, sharing: "LinkedToAll" })],
  ["connection-link", inputs.link("warehouse", "prod", secretFields)],
  ["override", inputs.override("warehouse", "prod", { password: CANARY })],
];

/** Runs the program with a failure at the nth call, then again until it succeeds; and its end alike. */
async function live(stack: Stack, failure: (step: Step) => Error, nth: number): Promise<boolean> {
  let calls = 0;
  const failing = {
    before: (step: Step) => {
      if (++calls === nth) throw failure(step);
    },
  };
  const resources = program.map(([kind]) => stack.resource(kind));
  const untilDone = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      const { message, stack: frames = "", cause } = error as Error;
      stack.printed.push(message, frames, String(cause));
      await work();
    }
  };
  for (const [at, [, news]] of program.entries()) await untilDone(() => resources[at]!.up(news, failing));
  for (const resource of resources.reverse()) {
    await untilDone(() => resource.preview(resource.inputs, failing));
    await untilDone(() => resource.delete(failing));
  }
  expect(stack.world.backend.documents.size).to.equal(0);
  expect(stack.world.actual().size).to.equal(0);
  return calls >= nth;
}

describe("a secret is in no message, stack or warning", () => {
  for (const debug of ["0", "1"])
    for (const [what, failure] of failures)
      it(`when any call of a life fails with ${what}${debug === "1" ? ", with stacks" : ""}`, async () => {
        process.env["AIRFLOW_ENV_DEBUG"] = debug;
        try {
          let nth = 1;
          for (let failed = true; failed; nth++) {
            const stack = new Stack();
            failed = await live(stack, failure, nth);
            const shown = stack.shown();
            expect(shown).to.not.contain(CANARY);
            expect(shown).to.not.contain(IN_URL);
            expect(shown).to.not.contain(JSON.stringify(CANARY).slice(1, -1));
          }
          expect(nth).to.be.greaterThan(20);
        } finally {
          delete process.env["AIRFLOW_ENV_DEBUG"];
        }
      });
});
