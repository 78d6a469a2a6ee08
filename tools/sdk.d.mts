/** Writes the SDK of a language, generated from the checked-in schema. @param folder - replaced by the SDK. */
export function writeSdk(language: "python" | "go" | "nodejs", folder: string): Promise<void>;
