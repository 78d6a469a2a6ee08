import { expect } from "chai";
import { classifyKubernetesError, type ClassifiedKubernetesError } from "../../../provider/kubernetes/errors";

const CANARY = "canary-5d1e";

/** An error as @kubernetes/client-node throws it, with the body in its message. */
function apiError(code: number, status: object | string | undefined, headers: Record<string, string> = {}): Error {
  const body = typeof status === "object" ? JSON.stringify({ kind: "Status", code, ...status }) : status;
  const message = `HTTP-Code: ${code}\nMessage: Unknown\nBody: ${body} ${CANARY}\nHeaders: ${CANARY}`;
  return Object.assign(new Error(message), { code, body, headers });
}

const connectionError = (code: string, name = "FetchError"): Error =>
  Object.assign(new Error(`request to https://user:${CANARY}@host/api failed, reason: ${code}`), { code, name });

const cases: [string, unknown, Partial<ClassifiedKubernetesError>][] = [
  ["401", apiError(401, undefined), { kind: "expired", retryable: false, mayHaveCommitted: false }],
  [
    "403",
    apiError(403, { reason: "Forbidden", message: 'secrets is forbidden: User "u" cannot list resource "secrets"' }),
    {
      kind: "denied",
      message: 'secrets is forbidden: User "u" cannot list resource "secrets" (403)',
      retryable: false,
    },
  ],
  [
    "a rejection by an admission webhook, whose text may quote the object",
    apiError(403, { message: `admission webhook "policy.example.com" denied the request: data ${CANARY}` }),
    { kind: "denied", message: 'admission webhook "policy.example.com" denied the request (403)' },
  ],
  [
    "403 in a namespace that is being deleted",
    apiError(403, { message: "forbidden", details: { causes: [{ reason: "NamespaceTerminating" }] } }),
    { kind: "namespace-missing" },
  ],
  ["404", apiError(404, { message: 'secrets "x" not found', details: { kind: "secrets" } }), { kind: "not-found" }],
  ["404 of the namespace", apiError(404, { details: { kind: "namespaces" } }), { kind: "namespace-missing" }],
  ["409 of a create", apiError(409, { reason: "AlreadyExists" }), { kind: "exists", mayHaveCommitted: false }],
  ["409 of an update", apiError(409, { reason: "Conflict" }), { kind: "conflict" }],
  ["410", apiError(410, { reason: "Expired" }), { kind: "list-expired" }],
  ["413", apiError(413, "request entity too large"), { kind: "too-large", message: "HTTP status 413" }],
  [
    "a Secret that is too large",
    apiError(422, { reason: "Invalid", details: { causes: [{ reason: "FieldValueTooLong", field: "data" }] } }),
    { kind: "too-large", message: "Invalid (422): data: FieldValueTooLong" },
  ],
  [
    "an object that etcd refuses",
    apiError(500, { message: "etcdserver: request is too large" }),
    { kind: "too-large" },
  ],
  [
    "422, whose text quotes the object",
    apiError(422, {
      reason: "Invalid",
      message: `Secret "x" is invalid: data[k]: Invalid value: "${CANARY}"`,
      details: { causes: [{ reason: "FieldValueInvalid", field: "data[k]", message: CANARY }] },
    }),
    { kind: "invalid", message: "Invalid (422): data[k]: FieldValueInvalid" },
  ],
  [
    "429 with a header",
    apiError(429, { message: "too many" }, { "retry-after": "3" }),
    { kind: "throttled", retryAfterMs: 3000, retryable: true, mayHaveCommitted: false },
  ],
  ["429 with details", apiError(429, { details: { retryAfterSeconds: 2 } }), { kind: "throttled", retryAfterMs: 2000 }],
  ["500", apiError(500, "<html>"), { kind: "failed", retryable: true, mayHaveCommitted: true }],
  ["503", apiError(503, {}), { kind: "unreachable", retryable: true, mayHaveCommitted: true }],
  ["504", apiError(504, {}), { kind: "timeout", retryable: true, mayHaveCommitted: true }],
  [
    "a refused connection",
    connectionError("ECONNREFUSED"),
    { kind: "unreachable", retryable: true, mayHaveCommitted: false },
  ],
  ["an unknown host", connectionError("ENOTFOUND"), { kind: "unreachable", retryable: false, mayHaveCommitted: false }],
  ["a reset", connectionError("ECONNRESET"), { kind: "unreachable", retryable: true, mayHaveCommitted: true }],
  [
    "a certificate nobody trusts",
    connectionError("DEPTH_ZERO_SELF_SIGNED_CERT"),
    { kind: "unreachable", retryable: false },
  ],
  ["our own timeout", connectionError("", "AbortError"), { kind: "timeout", retryable: true, mayHaveCommitted: true }],
  ["anything else", new TypeError("x"), { kind: "failed", retryable: false, mayHaveCommitted: true }],
  ["what is no error", "text", { kind: "failed" }],
  ["nothing", undefined, { kind: "failed" }],
];

describe("classifyKubernetesError", () => {
  it("names no wait that it does not know", () => {
    for (const header of ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "soon"]) {
      expect(classifyKubernetesError(apiError(429, {}, { "retry-after": header }))).not.to.have.property(
        "retryAfterMs",
      );
    }
  });

  for (const [what, error, expected] of cases) {
    it(`understands ${what}, in one line without values`, () => {
      const found = classifyKubernetesError(error);
      expect(found).to.deep.equal({ ...found, ...expected });
      expect(found.message).not.to.contain(CANARY).and.not.to.contain("\n").and.not.to.equal("");
    });
  }
});
