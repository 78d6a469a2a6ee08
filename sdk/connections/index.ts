export { connections } from "./connections.generated";
export type { ConnType } from "./conn-type.generated";
