import { expect } from "chai";
import sinon from "sinon";
import {
  type ConnectionDocument,
  type DeploymentDocument,
  type SharedDocument,
  type TargetSpec,
} from "../../../provider/environment/documents";
import { Admission, type Admitted } from "../../../provider/projection/admission";
import { WorkspaceStore } from "../../../provider/workspace/workspace-store";
import { MemoryBackend, memoryStore } from "../../fakes/memory-store";
import { documentKeys } from "../../../provider/environment/keys";
import { problemText } from "../../../provider/errors";
import { systemClock } from "../../../provider/clock";
import { bytesOf } from "../../../provider/airflow/file";
import type { ObjectKinds } from "../../../provider/objects/kind";
import { objectKinds } from "../../../provider/objects/registry";
import { filesOf } from "../../fakes/effective";
import { spyingKind } from "../../fakes/spying-kind";

const LIMIT = 1_048_576;
const kubernetes: TargetSpec = { kubernetes: { namespace: "airflow" } };
const kubernetesBackend: TargetSpec = { kubernetesBackend: { namespace: "airflow" } };

async function workspace(
  targets: Record<string, TargetSpec>,
  connections: SharedDocument[] = [],
  kinds: ObjectKinds = objectKinds,
) {
  const documents = new WorkspaceStore("data", memoryStore(new MemoryBackend()), systemClock, kinds);
  await documents.snapshot();
  for (const [name, target] of Object.entries(targets)) {
    const document: DeploymentDocument = { kind: "deployment", name, owner: "o", target };
    await documents.change(documentKeys.deployment("data", name), () => document);
  }
  await Promise.all(connections.map((one) => documents.changeShared(keyOf(one), () => one)));
  return { documents, admission: new Admission(documents) };
}

const keyOf = ({ kind, id, deployment }: SharedDocument) =>
  documentKeys.object("data", objectKinds.get(kind)!, id, deployment);

function connection(id: string, more: Partial<ConnectionDocument> = {}): ConnectionDocument {
  const base = { connType: "postgres" };
  return {
    kind: "connection",
    id,
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
function filling(id: string, others: SharedDocument[], bytes: number): ConnectionDocument {
  const of = (host: string) => connection(id, { base: { connType: "postgres", host } });
  return of("x".repeat(bytes - bytesOf(filesOf("prod", [...others, of("")]))));
}

/** Counts from now on how often a field of a cached object is read. */
function countLooks(documents: WorkspaceStore): () => number {
  let looks = 0;
  const { cached } = documents;
  const objects = cached.objects.map(
    (one) =>
      new Proxy(one, {
        get(target, property, receiver) {
          looks++;
          return Reflect.get(target, property, receiver) as unknown;
        },
      }),
  );
  const watched = { ...cached, objects };
  sinon.stub(documents, "cached").get(() => watched);
  return () => looks;
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
    const { admission } = await workspace({ prod: kubernetes, other: { directory: { path: "p" } } }, others);
    expect(admission.problemsOf(filling("last", received, LIMIT), undefined)).to.deep.equal([]);
    const [problem, ...more] = admission.problemsOf(filling("last", received, LIMIT + 1), undefined);
    expect(more).to.deep.equal([]);
    expect(problem?.path).to.deep.equal([]);
    expect(problem?.reason).to.match(/^the file would have 1048577 bytes, .* \(Deployment "prod"\)$/);
  });

  it("lets through what makes a file smaller that is too large already", async () => {
    const huge = connection("huge", { base: { connType: "postgres", host: "x".repeat(LIMIT - 10_000) } });
    const more = connection("more", { base: { connType: "postgres", host: "x".repeat(200_000) } });
    const { admission } = await workspace({ prod: kubernetes }, [huge, more]);
    const less = connection("more", { base: { connType: "postgres", host: "x".repeat(100_000) } });
    expect(admission.problemsOf(less, more)).to.deep.equal([]);
    expect(admission.problemsOf(connection("other"), undefined)).to.deep.equal([]);
  });

  it("counts what is admitted until the store has answered", async () => {
    const { admission, documents } = await workspace({ prod: kubernetes });
    const [first, second] = ["first", "second"].map((id) =>
      connection(id, { base: { connType: "postgres", host: "x".repeat(600_000) } }),
    ) as [ConnectionDocument, ConnectionDocument];
    const problemsOf = (document: ConnectionDocument) => admission.admit(document, undefined).problems;
    expect(problemsOf(first)).to.deep.equal([]);
    expect(problemsOf(second)).to.have.length(1);
    const release = releaseOf(admission.admit(first, undefined));
    const key = documentKeys.connection("data", "first");
    await documents.change(key, () => first);
    expect(admission.problemsOf(second, undefined), "stored, and not released yet").to.have.length(1);
    release();
    expect(admission.problemsOf(second, undefined)).to.have.length(1);
    await documents.change(key, () => undefined);
    expect(problemsOf(second)).to.deep.equal([]);
  });

  it("no longer counts what has been released, because it was stored or has failed", async () => {
    const { admission } = await workspace({ prod: kubernetes });
    const large = (id: string) => connection(id, { base: { connType: "postgres", host: "x".repeat(600_000) } });
    const release = releaseOf(admission.admit(large("first"), undefined));
    expect(admission.problemsOf(large("second"), undefined)).to.have.length(1);
    release();
    expect(admission.problemsOf(large("second"), undefined)).to.deep.equal([]);
    const again = releaseOf(admission.admit(large("first"), undefined));
    release();
    expect(admission.problemsOf(large("second"), undefined), "released twice").to.have.length(1);
    again();
    expect(admission.problemsOf(large("second"), undefined)).to.deep.equal([]);
  });

  it("does not count what was refused", async () => {
    const { admission } = await workspace({ prod: kubernetes });
    const large = (id: string, bytes: number) =>
      connection(id, { base: { connType: "postgres", host: "x".repeat(bytes) } });
    expect(admission.admit(large("first", LIMIT), undefined)).to.have.all.keys("problems");
    expect(admission.problemsOf(large("second", 600_000), undefined)).to.deep.equal([]);
  });

  it("counts connections and Variables together: one Secret holds both files", async () => {
    const variable = (value: string): SharedDocument => ({ ...connection("v"), kind: "variable", base: { value } });
    const stored = connection("c", { base: { connType: "postgres", host: "x".repeat(600_000) } });
    const { admission } = await workspace({ prod: kubernetes }, [stored]);
    const room = LIMIT - bytesOf(filesOf("prod", [stored, variable("")]));
    expect(admission.problemsOf(variable("x".repeat(room)), undefined)).to.deep.equal([]);
    const [problem, ...more] = admission.problemsOf(variable("x".repeat(room + 1)), undefined);
    expect(more).to.deep.equal([]);
    expect(problem?.reason).to.match(/^the file would have 1048577 bytes, .*largest: connection "c" .*, variable "v" /);
  });

  for (const bytes of [LIMIT, LIMIT - 1, LIMIT - 2, LIMIT - 3])
    it(`refuses what comes to a file that has room for ${LIMIT - bytes} bytes`, async () => {
      const half = connection("half", { base: { connType: "postgres", host: "x".repeat(500_000) } });
      const { admission } = await workspace({ prod: kubernetes }, [half, filling("full", [half], bytes)]);
      expect(admission.problemsOf(connection("one-more"), undefined)).to.have.length(1);
    });

  it("holds the size against a change, not what is wrong with others already", async () => {
    const bad = connection("bad", { base: { connType: "postgres", port: 0.5 } });
    const { admission } = await workspace({ prod: kubernetes }, [bad]);
    const [problem, ...more] = admission.problemsOf(filling("last", [connection("bad")], LIMIT + 100), undefined);
    expect(more).to.deep.equal([]);
    expect([problem?.path, problem?.reason.slice(0, 24)]).to.deep.equal([[], "the file would have 1048"]);
  });

  it("names a few Deployments and counts the others", async () => {
    const names = Array.from({ length: 8 }, (_, at) => `d${at}`);
    const { admission } = await workspace(Object.fromEntries(names.map((name) => [name, kubernetesBackend])));
    const [problem] = admission.problemsOf(connection("_x"), undefined);
    expect(problem?.reason).to.match(/\(Deployment "d0", "d1", "d2", "d3", "d4", 3 more\)$/);
    const deployment = { kind: "deployment" as const, name: "new", owner: "o", target: kubernetesBackend };
    const bad = Array.from({ length: 8 }, (_, at) => connection(`_${at}`));
    const { admission: full } = await workspace({}, bad);
    const problems = full.problemsOfTarget(deployment, undefined);
    expect(problems).to.have.length(6);
    expect(problems.at(-1)).to.deep.equal({ path: ["target"], reason: "3 more problems like these" });
  });

  for (const [what, elsewhere] of [
    ["far from the limit", 0],
    ["where all together are above the limit", 500],
  ] as const)
    describe(`of 1,000 changes of shared connections of 100 Deployments, ${what},`, () => {
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
      const wanted = many(1_000, "c", "y".repeat(900));

      it("derives what it judges once per document, not per Deployment", async () => {
        const { kind, calls } = spyingKind();
        const kinds = new Map([...objectKinds, [kind.name, kind]]);
        const { admission, documents } = await workspace(Object.fromEntries(targets), stored, kinds);
        expect(calls).to.deep.equal({ merge: 0, problemsOf: 0, render: 0 });
        for (const next of [...wanted, ...wanted.slice(0, 100)])
          expect(admission.problemsOf(next, documents.peekShared(keyOf(next)))).to.have.length(0);
        expect(calls.merge).to.equal(0);
        expect(calls.problemsOf).to.equal(wanted.length);
        expect(calls.render).to.be.at.most(wanted.length + stored.length);
      });

      it("looks at each other one once per file, not per change", async () => {
        const { admission, documents } = await workspace(Object.fromEntries(targets), stored);
        const looks = countLooks(documents);
        for (const next of wanted)
          expect(admission.problemsOf(next, documents.peekShared(keyOf(next)))).to.have.length(0);
        // Each look reads some of its fields.
        expect(looks()).to.be.at.most(10 * stored.length * targets.length);
      });
    });
});

function releaseOf(admitted: Admitted): () => void {
  if ("release" in admitted) return admitted.release;
  throw new Error(admitted.problems.map(problemText).join("; "));
}
