// `/sites/:domain/builder`: puts the parts together. What happens in the conversation decides what the rest shows.

import { Builder } from "./builder/app.ts";
import { wireShell } from "./shell.ts";

wireShell();
void new Builder().start();
