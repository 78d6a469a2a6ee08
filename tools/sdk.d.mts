/**
 * Writes the SDK of a language, generated from the checked-in schema.
 *
 * @param folder - replaced by the SDK.
 * @param pluginUrl - where Pulumi finds the plugin's archive, such as github://api.github.com/OWNER/REPOSITORY
 */
export function writeSdk(language: "python" | "go" | "nodejs", folder: string, pluginUrl?: string): Promise<void>;
