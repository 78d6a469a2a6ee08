import { expect } from "chai";
import {
  documentKeys,
  type ConnectionDocument,
  type DeploymentDocument,
  type TargetSpec,
} from "../../../provider/model/documents";
import { effectiveConnection } from "../../../provider/model/resolve";
import { Admission } from "../../../provider/projection/admission";
import { renderConnections } from "../../../provider/projection/render";
import { WorkspaceStore } from "../../../provider/stores/workspace-store";
import { MemoryBackend, memoryStore } from "../../fakes/memory-store";

const LIMIT = 1_048_576;
const kubernetes: TargetSpec = { kubernetes: { namespace: "airflow" } };
const kubernetesBackend: TargetSpec = { kubernetesBackend: { namespace: "airflow" } };

async function workspace(targets: Record<string, TargetSpec>, ...connections: ConnectionDocument[]) {
  const documents = new WorkspaceStore("data", memoryStore(new MemoryBackend()));
  await documents.snapshot();
  for (const [name, target] of Object.entries(targets)) {
    const document: DeploymentDocument = { kind: "deployment", name, owner: "o", target };
    await documents.change(documentKeys.deployment("data", name), () => document);
  }
  await Promise.all(connections.map((one) => documents.change(documentKeys.connection("data", one.connId), () => one)));
  return { documents, admission: new Admission(documents) };
}

function connection(connId: string, more: Partial<ConnectionDocument> = {}): ConnectionDocument {
  const base = { connType: "postgres" };
  return {
    kind: "connection",
    connId,
    owner: "o",
    base,
    sharing: "LinkedToAll",
    exclude: [],
    links: {},
    overrides: {},
    ...more,
  };
}

/** A connection that brings the file to exactly so many bytes. */
function filling(connId: string, others: ConnectionDocument[], bytes: number): ConnectionDocument {
  const of = (host: string) => connection(connId, { base: { connType: "postgres", host } });
  const all = [...others, of("")].map((document) => effectiveConnection(document, "prod"));
  return of("x".repeat(bytes - renderConnections(all).text.length));
}

describe("admission", () => {
  it("takes a file of exactly the limit, and no byte more", async () => {
    const host = "é".repeat(60_000);
    const others = [
      connection("unicode", { base: { connType: "postgres", host, extra: { schema: '"\\\n' } } }),
      connection("merged", {
        links: { prod: { owner: "l", overrides: { host, extra: { a: null, b: "ü" } } } },
        overrides: { prod: { owner: "v", fields: { login: "me", host: null } } },
      }),
      connection("elsewhere", { exclude: ["prod"], base: { connType: "postgres", host } }),
    ];
    const received = others.slice(0, 2);
    const { admission } = await workspace({ prod: kubernetes, other: { directory: { path: "p" } } }, ...others);
    expect(admission.problemsOf(filling("last", received, LIMIT), undefined)).to.deep.equal([]);
    const [problem, ...more] = admission.problemsOf(filling("last", received, LIMIT + 1), undefined);
    expect(more).to.deep.equal([]);
    expect(problem?.field).to.equal("connections");
    expect(problem?.reason).to.match(/^the file would have 1048577 bytes, .* \(Deployment "prod"\)$/);
  });

  it("lets through what makes a file smaller that is too large already", async () => {
    const huge = connection("huge", { base: { connType: "postgres", host: "x".repeat(LIMIT - 10_000) } });
    const more = connection("more", { base: { connType: "postgres", host: "x".repeat(200_000) } });
    const { admission } = await workspace({ prod: kubernetes }, huge, more);
    const less = connection("more", { base: { connType: "postgres", host: "x".repeat(100_000) } });
    expect(admission.problemsOf(less, more)).to.deep.equal([]);
    expect(admission.problemsOf(connection("other"), undefined)).to.deep.equal([]);
  });

  it("counts what is admitted until the store has answered", async () => {
    const { admission, documents } = await workspace({ prod: kubernetes });
    const [first, second] = ["first", "second"].map((connId) =>
      connection(connId, { base: { connType: "postgres", host: "x".repeat(600_000) } }),
    ) as [ConnectionDocument, ConnectionDocument];
    expect(admission.admit(first, undefined)).to.deep.equal([]);
    expect(admission.admit(second, undefined)).to.have.length(1);
    expect(admission.admit(first, undefined), "the same again").to.deep.equal([]);
    const key = documentKeys.connection("data", "first");
    await documents.change(key, () => first);
    expect(admission.problemsOf(second, undefined)).to.have.length(1);
    await documents.change(key, () => undefined);
    expect(admission.admit(second, undefined)).to.deep.equal([]);
  });

  it("names a few Deployments and counts the others", async () => {
    const names = Array.from({ length: 8 }, (_, at) => `d${at}`);
    const { admission } = await workspace(Object.fromEntries(names.map((name) => [name, kubernetesBackend])));
    const [problem] = admission.problemsOf(connection("_x"), undefined);
    expect(problem?.reason).to.match(/\(Deployment "d0", "d1", "d2", "d3", "d4", 3 more\)$/);
    const deployment = { kind: "deployment" as const, name: "new", owner: "o", target: kubernetesBackend };
    const bad = Array.from({ length: 8 }, (_, at) => connection(`_${at}`));
    const { admission: full } = await workspace({}, ...bad);
    const problems = full.problemsOfTarget(deployment, undefined);
    expect(problems).to.have.length(6);
    expect(problems.at(-1)).to.deep.equal({ field: "target", reason: "3 more problems like these" });
  });

  for (const [what, elsewhere] of [
    ["far from the limit", 0],
    ["where all together are above the limit", 500],
  ] as const)
    it(`judges 1,000 shared connections of 100 Deployments in little time, ${what}`, async () => {
      const targets = Array.from({ length: 100 }, (_, at): [string, TargetSpec] => [
        `d${at}`,
        at % 2 === 0 ? kubernetes : kubernetesBackend,
      ]);
      const many = (count: number, name: string, host: string, more: Partial<ConnectionDocument> = {}) =>
        Array.from({ length: count }, (_, at) =>
          connection(`${name}${at}`, { base: { connType: "postgres", host }, ...more }),
        );
      const stored = [
        ...many(1_000, "c", "x".repeat(900)),
        ...many(elsewhere, "r", "x".repeat(900), { sharing: "Restricted" }),
      ];
      const { admission, documents } = await workspace(Object.fromEntries(targets), ...stored);
      const startedAt = performance.now();
      for (const next of many(1_000, "c", "y".repeat(900)))
        expect(admission.problemsOf(next, documents.peek(documentKeys.connection("data", next.connId)))).to.have.length(
          0,
        );
      expect(performance.now() - startedAt).to.be.lessThan(3_000);
    });
});
