import tsdoc from "eslint-plugin-tsdoc";
import tseslint from "typescript-eslint";

/** What is published: the strictest rules hold here. */
const published = ["provider/**/*.ts", "sdk/**/*.ts", "cli/**/*.{ts,tsx}", "catalog/**/*.ts"];

export default tseslint.config(
  {
    ignores: [
      "dist/",
      ".demo/",
      "node_modules/",
      "**/*.generated.*",
      "sdk/connections/*.generated.ts",
      "examples/*/dist/",
    ],
  },
  ...tseslint.configs.strict,
  {
    files: published,
    extends: [...tseslint.configs.strictTypeCheckedOnly],
    plugins: { tsdoc },
    rules: {
      "tsdoc/syntax": "error",
      // A number prints as it reads.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // The Kubernetes client's classes only describe JSON; plain objects are what it expects.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
    },
  },
  {
    files: ["**/*.{ts,tsx}"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-empty": ["error", { allowEmptyCatch: false }],
    },
  },
  { files: ["**/*.mjs"], ...tseslint.configs.disableTypeChecked },
  { files: ["**/*.cjs", "**/*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } },
  {
    files: ["tests/**/*.ts"],
    rules: { "@typescript-eslint/no-unused-expressions": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
);
