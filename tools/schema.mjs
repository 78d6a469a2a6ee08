// @ts-check
// Writes the schema of the Pulumi package, so that a change of it shows in review; a unit test compares. Needs a build.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./setup.mjs";

const require = createRequire(import.meta.url);
const { schemaText } = require(join(root, "dist/provider/plugin/schema/text.js"));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
writeFileSync(join(root, "provider/plugin/schema/schema.generated.json"), schemaText(version));
