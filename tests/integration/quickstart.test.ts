import { describeQuickstart, type Written } from "./quickstart-lifecycle";
import { go, python, typescript, yaml } from "./quickstart-languages";

const written: Written = new Map();

for (const quickstart of [typescript, python, yaml, go]) describeQuickstart(quickstart, written);
