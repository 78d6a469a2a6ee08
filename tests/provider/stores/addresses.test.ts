import { expect } from "chai";
import { storeAddressProblem, storeSchemes } from "../../../provider/stores/registry";

const CANARY = "canary-51c7b2";

/** Addresses with a login, as people write them; `host` is what the scheme wants there. */
const forms: Record<string, (scheme: string) => string> = {
  "user and password": (scheme) => `${scheme}://user:${CANARY}@host/path`,
  "a password with @ and /": (scheme) => `${scheme}://user:a@b/${CANARY}@host/path`,
  "a token for a user": (scheme) => `${scheme}://${CANARY}@host/path`,
  "a password with spaces": (scheme) => `${scheme}://user:pass ${CANARY}@host/path`,
  "an address that is no URL": (scheme) => `${scheme}://user:${CANARY}@[host/path`,
  "a port that is none": (scheme) => `${scheme}://user:${CANARY}@host:port/path`,
  "a fragment": (scheme) => `${scheme}://user:${CANARY}@host/path#x`,
  "an unknown option": (scheme) => `${scheme}://user:${CANARY}@host/path?nonsense=${CANARY}`,
  "a login in an option": (scheme) =>
    `${scheme}://host/path?address=https://u:${CANARY}@v&endpoint=https://u:${CANARY}@v&kubeconfig=`,
  "another scheme before": (scheme) => `${scheme}:https://user:${CANARY}@host/path`,
};

describe("store addresses with a login", () => {
  for (const scheme of [...storeSchemes, "postgres", "LOCAL", ""])
    for (const [what, form] of Object.entries(forms))
      it(`${scheme === "" ? "no scheme" : scheme}, ${what}: are refused without being repeated`, () => {
        const problem = storeAddressProblem(form(scheme));
        expect(problem).to.be.a("string").and.not.contain(CANARY);
      });
});
