import type { CodegenConfig } from "@graphql-codegen/cli";

// Each .graphql file beside a screen becomes a .generated.ts beside it: a screen's chunk has its own operations only.
const config: CodegenConfig = {
  schema: "../api/schema.graphql",
  documents: "src/**/*.graphql",
  generates: {
    "src/data/schema.generated.ts": {
      plugins: ["typescript"],
      config: { enumsAsTypes: true, onlyOperationTypes: false, skipTypename: true },
    },
    "src/": {
      preset: "near-operation-file",
      presetConfig: { extension: ".generated.ts", baseTypesPath: "data/schema.generated.ts" },
      plugins: ["typescript-operations", "typed-document-node"],
    },
  },
  hooks: {
    // The plugin imports the schema's types whether it needs them or not; an import that is not used is an error here.
    beforeOneFileWrite: (_path: string, content: string) =>
      content.includes("Types.") ? content : content.replace(/^import type \* as Types from .*;\n/m, ""),
  },
  config: {
    scalars: { DateTime: "string", JSON: "unknown", Date: "string" },
    useTypeImports: true,
    enumsAsTypes: true,
    documentMode: "documentNode",
    dedupeFragments: true,
  },
};

export default config;
