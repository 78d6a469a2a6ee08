import { expect } from "chai";
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

const root = join(__dirname, "..");

/** `value` is loaded with the module, `lazy` when the code runs, `type` never. */
type When = "value" | "lazy" | "type";

interface Import {
  /** A package's or Node module's name, or a path from the root without extension. */
  to: string;
  when: When;
}

/** The only places where a vendor's SDK may appear. */
const VENDORS: [name: RegExp, place: RegExp][] = [
  [/^@(aws-sdk|smithy)\//, /^provider\/stores\/aws-secrets-manager\//],
  [/^google-auth-library$/, /^provider\/stores\/google-secret-manager\//],
  [/^libsql$/, /^provider\/stores\/local\//],
  // The types of its objects go wherever Kubernetes is spoken; one module loads it.
  [/^@kubernetes\/client-node$/, /^provider\/kubernetes\//],
];
/** Node modules that compute and touch nothing. */
const PURE_NODE = /^node:(util|path|buffer)$/;
const PURE_FILES = [
  /^provider\/(airflow|objects|environment)\//,
  /^provider\/(path|projection\/plan)\.ts$/,
  /\/declaration\.ts$/,
  /\/diff\.ts$/,
];
/** The rooms of the provider, lowest floor first: none imports anything above it, not even a type. */
const FLOORS = [
  /^provider\/(path|errors|clock|redact|printable|concurrency|once-for|bundled|warnings|secret-patterns)\.ts$/,
  /^provider\/airflow\//,
  /^provider\/objects\//,
  /^provider\/environment\//,
  /^provider\/kubernetes\//,
  /^provider\/(stores|targets)\//,
  /^provider\/workspace\//,
  /^provider\/projection\//,
  /^provider\/resources\//,
  /^provider\/pulumi\//,
  /^provider\/(context|handlers)\.ts$/,
  /^provider\/plugin\//,
];
/** The plugin's wire is generated code of Pulumi's own package, which loads nothing else of it. */
const PROTOCOL = /^@pulumi\/pulumi\/proto\//;
/** Pure, imports nothing, and says of two declarations of a program what the plugin says of them. */
const FOR_SDK = /^provider\/(resources\/declaration\/conflicts|targets\/airflow-sides)$/;
/** Policies run in a process of their own, which needs neither Pulumi nor a store. */
const FOR_POLICIES =
  /^(sdk\/policy\/|catalog\/lookup$|provider\/(path|plugin\/(kinds|typed)|resources\/declaration\/(values|references))$)/;
const IMPURE_TEXT =
  /\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bsetTimeout\b|\bfetch\(/g;
/** What a store may use of the rest of the provider, besides its own folder. */
const FOR_STORES =
  /^provider\/(errors|redact|clock|concurrency|bundled|path|kubernetes\/[\w-]+|stores\/(store|checks|shared\/[\w-]+))$/;

/** What STYLE's section "Who may import whom" forbids, one line per breach. */
function breaches(file: string, source: string): string[] {
  const found = importsOf(file, source).flatMap((one) => {
    const rule = brokenRule(file, one);
    return rule === undefined ? [] : [`${file} imports ${one.to}: ${rule}`];
  });
  if (isPure(file))
    for (const [text] of withoutComments(source).matchAll(IMPURE_TEXT)) found.push(`${file} uses ${text}: is pure`);
  return found;
}

function brokenRule(file: string, { to, when }: Import): string | undefined {
  const isType = when === "type";
  const folder = /^provider\/stores\/([^/]+)\//.exec(file)?.[1];
  if (/^cli(\/|$)/.test(to) && !file.startsWith("cli/")) return "nothing imports cli";
  if (to.startsWith("@pulumi/") && !file.startsWith("sdk/") && !isType)
    if (!PROTOCOL.test(to) || !file.startsWith("provider/plugin/")) return "only sdk loads Pulumi";
  for (const [name, place] of VENDORS) {
    if (!name.test(to) || isType) continue;
    if (!place.test(file)) return "a vendor's SDK has one place";
    if (when !== "lazy") return "a vendor's SDK is loaded on use";
  }
  if (isType && VENDORS.slice(0, 3).some(([name, place]) => name.test(to) && !place.test(file)))
    return "a vendor's SDK has one place";
  if (file.startsWith("sdk/policy/"))
    return isType || FOR_POLICIES.test(to) ? undefined : "policies use pure code only";
  if (file.startsWith("sdk/") && !isType && !isForSdk(to, when))
    return "sdk imports types only, but of itself and Pulumi";
  if (file.startsWith("catalog/") && /^(provider|sdk)\//.test(to)) return "the catalog stands alone";
  if (file.startsWith("provider/") && /^sdk\//.test(to)) return "the provider does not know the sdk";
  if (folder !== undefined && /^(provider|catalog)\//.test(to) && !to.startsWith(`provider/stores/${folder}/`))
    if (!FOR_STORES.test(to)) return "a store imports the port, errors and redaction only";
  if (
    /^provider\/(resources|projection|environment|workspace|airflow|pulumi)\//.test(file) &&
    /^provider\/(stores|targets)\/[^/]+\//.test(to)
  )
    return "only a registry knows concrete stores and targets";
  if (isPure(file) && !isType && to.startsWith("node:") && !PURE_NODE.test(to)) return "is pure";
  return undefined;
}

function isForSdk(to: string, when: When): boolean {
  if (/^(sdk\/|@pulumi\/pulumi$)/.test(to) || FOR_SDK.test(to)) return true;
  if (when === "lazy") return /^(catalog\/lookup|pulumi-airflow-env\/provider\/handlers)$/.test(to);
  // A requirements file is read in the program, and the project's folder is looked for this package.
  return /^node:(fs|path|module)$/.test(to);
}

function isPure(file: string): boolean {
  return PURE_FILES.some((pattern) => pattern.test(file));
}

function importsOf(file: string, source: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, when: When) => {
    if (specifier && ts.isStringLiteralLike(specifier)) found.push({ to: resolved(file, specifier.text), when });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node.importClause) ? "type" : "value");
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, isTypeExport(node) ? "type" : "value");
    else if (ts.isImportTypeNode(node))
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, "type");
    else if (ts.isCallExpression(node)) {
      const isRequire = ts.isIdentifier(node.expression) && node.expression.text === "require";
      if (isRequire || node.expression.kind === ts.SyntaxKind.ImportKeyword)
        add(node.arguments[0], isInFunction(node) ? "lazy" : "value");
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true));
  return found;
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const { name, namedBindings } = clause;
  if (name || !namedBindings || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}

function isTypeExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  if (isTypeOnly) return true;
  return !!exportClause && ts.isNamedExports(exportClause) && exportClause.elements.every((one) => one.isTypeOnly);
}

function isInFunction(node: ts.Node): boolean {
  for (let at: ts.Node = node.parent; at && !ts.isSourceFile(at); at = at.parent)
    if (ts.isFunctionLike(at)) return true;
  return false;
}

function resolved(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return posix.join(posix.dirname(file), specifier).replace(/\.[jt]s$/, "");
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "");
}

describe("who imports whom", () => {
  const files = ["provider", "sdk", "cli", "catalog"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => posix.join(folder, file.replaceAll("\\", "/"))),
  );

  it("keeps to the rules in every module", () => {
    expect(files.length).to.be.greaterThan(150);
    expect(files.flatMap((file) => breaches(file, readFileSync(join(root, file), "utf8")))).to.deep.equal([]);
  });

  const provided = files.filter((file) => file.startsWith("provider/"));
  const importsIn = (file: string) =>
    importsOf(file, readFileSync(join(root, file), "utf8"))
      .map(({ to }) => `${to}.ts`)
      .filter((to) => provided.includes(to));

  it("no room imports a room above it", () => {
    const floorOf = (file: string) => FLOORS.findIndex((floor) => floor.test(file));
    expect(provided.filter((file) => floorOf(file) < 0)).to.deep.equal([]);
    const upward = provided.flatMap((file) =>
      importsIn(file)
        .filter((to) => floorOf(to) > floorOf(file))
        .map((to) => `${file} imports ${to}`),
    );
    expect(upward).to.deep.equal([]);
  });

  it("no modules import each other in a circle", () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, way: string[]): void => {
      if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" -> "));
      if (way.includes(file) || done.has(file)) return;
      for (const to of importsIn(file)) visit(to, [...way, file]);
      done.add(file);
    };
    for (const file of provided) visit(file, []);
    expect(circles).to.deep.equal([]);
  });

  it("the places that the rules name exist", () => {
    for (const pattern of [...FLOORS, ...PURE_FILES, ...VENDORS.map(([, place]) => place)])
      expect(
        files.some((file) => pattern.test(file)),
        String(pattern),
      ).to.equal(true);
  });

  const AWS = "provider/stores/aws-secrets-manager/client.ts";
  const refused: [file: string, source: string, rule: string][] = [
    ["provider/handlers.ts", 'import { run } from "../cli/main";', "nothing imports cli"],
    ["sdk/index.ts", 'export { run } from "../cli/main.js";', "nothing imports cli"],
    ["provider/context.ts", 'import * as pulumi from "@pulumi/pulumi";', "only sdk loads Pulumi"],
    ["cli/main.ts", 'const f = () => import("@pulumi/pulumi");', "only sdk loads Pulumi"],
    ["provider/plugin/main.ts", 'import * as pulumi from "@pulumi/pulumi";', "only sdk loads Pulumi"],
    ["provider/context.ts", 'import * as wire from "@pulumi/pulumi/proto/provider_pb";', "only sdk loads Pulumi"],
    ["provider/stores/vault/client.ts", 'const f = () => import("@aws-sdk/client-secrets-manager");', "one place"],
    ["provider/context.ts", 'import type { A } from "@aws-sdk/client-secrets-manager";', "one place"],
    ["cli/main.ts", 'const f = () => require("libsql");', "one place"],
    ["provider/stores/kubernetes/client.ts", 'const f = () => import("@kubernetes/client-node");', "one place"],
    [AWS, 'import { A } from "@aws-sdk/client-secrets-manager";', "loaded on use"],
    [AWS, 'import "@aws-sdk/client-secrets-manager";', "loaded on use"],
    [AWS, 'const sdk = import("@aws-sdk/client-secrets-manager");', "loaded on use"],
    ["provider/stores/local/sqlite.ts", 'import Sqlite, { type A } from "libsql";', "loaded on use"],
    ["provider/kubernetes/client.ts", 'export * from "@kubernetes/client-node";', "loaded on use"],
    ["sdk/pair.ts", 'import { InputError } from "../provider/errors";', "sdk imports types only"],
    ["sdk/pair.ts", 'import { lookup } from "../catalog/lookup";', "sdk imports types only"],
    ["sdk/pair.ts", 'import { z } from "zod";', "sdk imports types only"],
    ["sdk/policy/sharing.ts", 'import { PolicyPack } from "@pulumi/policy";', "pure code only"],
    ["sdk/policy/sharing.ts", 'import { handlers } from "../../provider/handlers";', "pure code only"],
    ["sdk/pair.ts", 'const f = () => import("../provider/handlers");', "sdk imports types only"],
    ["catalog/lookup.ts", 'import type { A } from "../provider/errors";', "the catalog stands alone"],
    ["provider/context.ts", 'import type { A } from "../sdk/pair";', "does not know the sdk"],
    ["provider/stores/vault/store.ts", 'import { a } from "../local/store";', "a store imports the port"],
    ["provider/stores/vault/store.ts", 'import { a } from "../workspace-store";', "a store imports the port"],
    ["provider/stores/vault/store.ts", 'import { a } from "../../environment/documents";', "a store imports the port"],
    ["provider/resources/access.ts", 'import { a } from "../stores/local/store";', "only a registry"],
    ["provider/projection/projector.ts", 'import type { a } from "../targets/kubernetes/target";', "only a registry"],
    ["provider/airflow/merge.ts", 'import { readFile } from "node:fs/promises";', "is pure"],
    ["provider/resources/workspace/diff.ts", 'import net from "node:net";', "is pure"],
    ["provider/airflow/file.ts", "const at = Date.now();", "uses Date.now"],
    ["provider/resources/workspace/declaration.ts", 'const a = process.env["A"];', "uses process."],
    ["provider/airflow/merge.ts", "export const a = Math.random();", "uses Math.random"],
  ];
  for (const [file, source, rule] of refused)
    it(`refuses in ${file}: ${source}`, () => {
      expect(breaches(file, source)).to.have.lengthOf(1);
      expect(breaches(file, source)[0]).to.contain(file).and.to.contain(rule);
    });

  const allowed: [file: string, source: string][] = [
    ["cli/main.ts", 'import { runCli } from "./program"; import { InputError } from "../provider/errors";'],
    ["provider/stores/kubernetes/client.ts", 'import type { A } from "@kubernetes/client-node";'],
    ["provider/kubernetes/client.ts", 'const f = () => import("@kubernetes/client-node");'],
    [AWS, 'import { type A } from "@aws-sdk/client-secrets-manager"; import { a } from "../checks";'],
    [AWS, 'import { E } from "../../errors"; import { r } from "../../redact"; import { c } from "../../clock";'],
    ["provider/stores/registry.ts", 'const f = () => import("./vault/store");'],
    ["provider/plugin/main.ts", 'import * as wire from "@pulumi/pulumi/proto/provider_pb";'],
    ["sdk/declarations.ts", 'import { a } from "../provider/resources/declaration/conflicts";'],
    ["sdk/pair.ts", 'import type { A } from "../provider/errors"; import * as pulumi from "@pulumi/pulumi";'],
    ["sdk/secrets.ts", 'const f = () => require("../catalog/lookup");'],
    ["provider/airflow/merge.ts", 'import { isDeepStrictEqual } from "node:util"; // process.env, Date.now'],
    ["provider/resources/access.ts", 'import type { SecretsStore } from "../stores/store";'],
  ];
  for (const [file, source] of allowed)
    it(`allows in ${file}: ${source}`, () => expect(breaches(file, source)).to.deep.equal([]));
});
