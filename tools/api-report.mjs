// @ts-check
// Writes docs/api/*.api.md, what users may import: node tools/api-report.mjs [--check]. A change shows in review. Needs a build.
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

/** Entry points of package.json. */
const entries = {
  sdk: "dist/sdk/index.d.ts",
  handlers: "dist/provider/handlers.d.ts",
  catalog: "dist/catalog/lookup.d.ts",
  policy: "dist/sdk/policy/index.d.ts",
};
const isCheck = process.argv.includes("--check");
const folder = join(root, "docs", "api");
mkdirSync(folder, { recursive: true });

for (const [name, entry] of Object.entries(entries)) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, entry),
      compiler: {
        overrideTsconfig: { extends: join(root, "tsconfig.json"), include: [join(root, entry)], exclude: [] },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: folder,
        reportTempFolder: join(root, "dist", "api"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        // The linter judges the comments.
        tsdocMessageReporting: { default: { logLevel: /** @type {never} */ ("none") } },
        extractorMessageReporting: { default: { logLevel: /** @type {never} */ ("none") } },
      },
    },
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: !isCheck,
    messageCallback: (message) => {
      message.handled = true;
      if (message.logLevel === "error") process.stderr.write(`${message.text}\n`);
    },
  });
  if (!isCheck || !apiReportChanged) continue;
  process.stderr.write(`docs/api/${name}.api.md is not true any more: npm run docs:api, and review what changed\n`);
  process.exitCode = 1;
}
