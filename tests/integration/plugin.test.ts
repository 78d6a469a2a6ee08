import { describePlugin } from "./plugin-lifecycle";

describePlugin("nodejs");
