import type { StoreCapabilities } from "../provider/stores/store.js";

/** A store's folder name, which is also its page's, and what it can do. */
export interface NamedCapabilities {
  store: string;
  capabilities: StoreCapabilities;
}

/** The table, one row per store, sorted by name. */
export function capabilitiesTable(stores: NamedCapabilities[]): string;
/** The page with the block between its markers replaced; throws when it has no markers. */
export function withTable(text: string, table: string): string;
/** Capabilities of every compiled store below a folder. */
export function readCapabilities(stores: string): Promise<NamedCapabilities[]>;
