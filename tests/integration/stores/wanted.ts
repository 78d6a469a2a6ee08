/** False when `STORES=…` in the environment leaves this store out. */
export function isWanted(store: string): boolean {
  const wanted = process.env.STORES?.split(",").map((name) => name.trim());
  return wanted === undefined || wanted.includes(store);
}
