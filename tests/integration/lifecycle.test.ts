import { describeLifeCycle } from "./lifecycle";
import { forEachStore } from "./stores-under-test";

forEachStore(describeLifeCycle);
