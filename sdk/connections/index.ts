export { connections } from "./connections.generated";
export type { ConnType } from "./conn-type.generated";
export { overrideFields, type FieldsOf } from "./typed-connection";
