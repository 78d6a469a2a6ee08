// Keeps what the present build makes, for later builds to go on from: npx tsx tests/integration/upgrade/make-fixture.ts 0.1.0
import { startCluster } from "../cluster";
import { Engine } from "../engine";
import { NAMESPACES, save, upgradeStack } from "./fixture";

async function main(build: string | undefined): Promise<void> {
  if (build === undefined) throw new Error("which build? pass its version, for example 0.1.0");
  const cluster = await startCluster(NAMESPACES);
  const engine = await Engine.create();
  try {
    const stack = await upgradeStack(engine, cluster);
    await stack.up();
    await save(build, stack, cluster);
  } finally {
    await cluster.stop();
    engine.dispose();
  }
}

void main(process.argv[2]);
