import { describePlugin } from "./plugin-lifecycle";

describePlugin("python");
